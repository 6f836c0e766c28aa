using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SessionManager.AgentFramework.Tests;

public sealed class AgentFrameworkExamplesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Examples_InMemory_ContinueTheSession()
    {
        var model = new ScriptedModel("One", "Two", "Three");
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddInMemorySessionManager();
        builder.Services.AddSingleton<IChatClient>(model);
        AgentFrameworkExamples.Register(builder);
        builder.Services.AddTransient<AgentFrameworkExamples.SupportEndpoint>();
        using var host = builder.Build();
        var sessions = host.Services.GetRequiredService<ISessionManagerFactory>();

        await host.Services.GetRequiredService<AgentFrameworkExamples.SupportEndpoint>().AnswerAsync("customer-42", "a", Cancellation);
        var answer = await host.Services.GetRequiredService<AgentFrameworkExamples.SupportEndpoint>().AnswerAsync("customer-42", "b", Cancellation);
        await AgentFrameworkExamples.CreateWithoutContainer(model, sessions).AskAsync(isStreaming: true, "customer-42", "c");

        Assert.Equal("Two", answer);
        Assert.Equal(["user: a", "assistant: One", "user: b", "assistant: Two", "user: c"], model.Requests[2].Lines);
        Assert.Equal(3, Assert.Single((await sessions.Create("customer-42").GetUsageAsync(Cancellation)).Agents).TurnCount);
    }
}
