using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using SessionManager.Testing.Models;

namespace SessionManager;

public sealed class SessionManagerChatClientBuilderExtensionsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task UseSessionManager_AddChatClient_TakesTheRegistrationOfTheContainer()
    {
        var model = new ScriptedModel("Hi", "Fine");
        await using var services = CreateServices(services =>
        {
            services.AddInMemorySessionManager();
            services.AddChatClient(model).UseFunctionInvocation().UseSessionManager("support");
        });
        var client = services.GetRequiredService<IChatClient>();

        await client.GetResponseAsync("Hello", ScriptedPipeline.For("s1"), Cancellation);
        await client.GetResponseAsync("How are you?", ScriptedPipeline.For("s1"), Cancellation);

        Assert.Equal(["user: Hello", "assistant: Hi", "user: How are you?"], model.Requests[1].Lines);
    }

    [Fact]
    public async Task UseSessionManager_ServiceKey_TakesTheRegistrationWithThatKey()
    {
        var model = new ScriptedModel("Hi");
        await using var services = CreateServices(services =>
        {
            services.AddInMemorySessionManager();
            services.AddKeyedInMemorySessionManager("eu");
            services.AddChatClient(model).UseSessionManager("support", options => options.ServiceKey = "eu");
        });

        await services.GetRequiredService<IChatClient>().GetResponseAsync("Hello", ScriptedPipeline.For("s1"), Cancellation);

        Assert.Equal(2, await CountAsync(services.GetRequiredKeyedService<ISessionManagerFactory>("eu")));
        Assert.Equal(0, await CountAsync(services.GetRequiredService<ISessionManagerFactory>()));
    }

    [Fact]
    public async Task UseSessionManager_Factory_NeedsNoContainer()
    {
        await using var services = CreateServices(services => services.AddInMemorySessionManager());
        var sessions = services.GetRequiredService<ISessionManagerFactory>();
        var client = new ChatClientBuilder(new ScriptedModel("Hi")).UseSessionManager("support", sessions).Build();

        await client.GetResponseAsync("Hello", ScriptedPipeline.For("s1"), Cancellation);

        Assert.Equal(2, await CountAsync(sessions));
    }

    [Fact]
    public void Build_NothingRegistered_SaysWhatToDo()
    {
        using var services = CreateServices(_ => { });
        var builder = new ChatClientBuilder(new ScriptedModel()).UseSessionManager("support");

        var inContainer = Assert.Throws<InvalidOperationException>(() => builder.Build(services));
        var withoutContainer = Assert.Throws<InvalidOperationException>(() => builder.Build());

        Assert.Contains("AddMongoSessionManager", inContainer.Message, StringComparison.Ordinal);
        Assert.Contains("AddMongoSessionManager", withoutContainer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_NothingRegisteredWithTheKey_SaysWhatToDo()
    {
        using var services = CreateServices(services => services.AddInMemorySessionManager());
        var builder = new ChatClientBuilder(new ScriptedModel()).UseSessionManager("support", options => options.ServiceKey = "eu");

        var inContainer = Assert.Throws<InvalidOperationException>(() => builder.Build(services));
        var withoutContainer = Assert.Throws<InvalidOperationException>(() => builder.Build());

        Assert.Contains("AddKeyedMongoSessionManager", inContainer.Message, StringComparison.Ordinal);
        Assert.Contains("'eu'", inContainer.Message, StringComparison.Ordinal);
        Assert.Contains("AddKeyedMongoSessionManager", withoutContainer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\0b")]
    public void UseSessionManager_BadAgentId_Throws(string agentId)
    {
        var builder = new ChatClientBuilder(new ScriptedModel());

        Assert.Throws<ArgumentException>(nameof(agentId), () => builder.UseSessionManager(agentId));
    }

    [Fact]
    public void UseSessionManager_NullArgument_Throws()
    {
        var builder = new ChatClientBuilder(new ScriptedModel());

        Assert.Throws<ArgumentNullException>("builder", () => ((ChatClientBuilder)null!).UseSessionManager("support"));
        Assert.Throws<ArgumentNullException>("agentId", () => builder.UseSessionManager(null!));
        Assert.Throws<ArgumentNullException>("sessions", () => builder.UseSessionManager("support", (ISessionManagerFactory)null!));
    }

    [Fact]
    public void GetService_Factory_IsTheOneInUse()
    {
        using var services = CreateServices(services => services.AddInMemorySessionManager());
        var sessions = services.GetRequiredService<ISessionManagerFactory>();
        var model = new ScriptedModel();
        var client = new ChatClientBuilder(model).UseFunctionInvocation().UseSessionManager("support", sessions).Build();

        Assert.Same(sessions, client.GetService<ISessionManagerFactory>());
        Assert.Null(client.GetService<ISessionManagerFactory>("key"));
        Assert.Same(model, client.GetService<ScriptedModel>());
        Assert.Throws<ArgumentNullException>("serviceType", () => client.GetService(null!));
    }

    private static ServiceProvider CreateServices(Action<IServiceCollection> configure)
    {
        var services = new ServiceCollection();
        configure(services);
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    private static async Task<int> CountAsync(ISessionManagerFactory sessions)
    {
        await using var session = sessions.Create("s1");
        return await session.GetMessageCountAsync("support", Cancellation);
    }
}
