using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Testing;
using MongoDB.Driver;
using SessionManager.Testing.Models;

namespace SessionManager.IntegrationTests.Chat;

/// <summary>
/// The server goes away in the middle of a run, and comes back.
/// </summary>
public sealed class PipelineServerAwayTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private readonly ScriptedAnswer _waiting = new(new TextContent("lost ")) { Waits = true };
    private readonly FakeLogCollector _logs = new();
    private TcpProxy _proxy = null!;
    private ServiceProvider _services = null!;

    public static TheoryData<bool, bool> Pipelines => new() { { true, false }, { true, true }, { false, false }, { false, true } };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ChatOptions Options => ScriptedPipeline.For(_sessionId, ScriptedPipeline.Tool("orders"));

    public ValueTask InitializeAsync()
    {
        _proxy = TcpProxy.Start(database.ConnectionString);
        var connectionString = _proxy.ConnectionString;
        _services = database.CreateServices(options =>
        {
            options.ConnectionString = connectionString;
            options.ServerSelectionTimeout = TimeSpan.FromSeconds(1);
        });
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Ask_AwayBeforeTheRequestIsStored_ThrowsAndDoesNotCallTheModel(bool isInside, bool isStreaming)
    {
        var model = new ScriptedModel("Hi", "Fine");
        var client = model.Build(_services, isInside);
        await client.AskAsync(isStreaming, "one", Options, Cancellation);
        await _proxy.DisposeAsync();

        var error = await Record.ExceptionAsync(() => client.AskAsync(isStreaming, "two", Options, Cancellation));
        ComeBack();
        await client.AskAsync(isStreaming, "three", Options, Cancellation);

        AssertFromTheDriver(error);
        Assert.Equal(["user: one", "assistant: Hi", "user: three"], model.Requests[1].Lines);
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Ask_AwayBetweenRequestAndAnswer_KeepsTheRequestAndGoesOn(bool isInside, bool isStreaming)
    {
        var model = new ScriptedModel(_waiting, "Hi");
        var client = model.Build(_services, isInside);
        var asking = client.AskAsync(isStreaming, "one", Options, Cancellation);
        await _waiting.WhenReachedAsync(asking);
        await _proxy.DisposeAsync();
        _waiting.Release();

        var error = await Record.ExceptionAsync(() => asking);
        ComeBack();
        await client.AskAsync(isStreaming, "two", Options, Cancellation);

        AssertFromTheDriver(error);
        Assert.Equal(["user: one", "user: two"], model.Requests[1].Lines);
        Assert.Equal([0, 1, 2], (await database.FindMessagesAsync(_sessionId)).Select(message => message["message_id"].AsInt32));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_AwayBetweenCallAndResult_GoesOnWithAValidHistory(bool isStreaming)
    {
        var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("cut", ("number", 1))), "Hi");
        var client = model.Build(_services, isInside: true);
        var options = ScriptedPipeline.For(_sessionId, AIFunctionFactory.Create(async (int number) => await _proxy.DisposeAsync(), "cut"));

        var error = await Record.ExceptionAsync(() => client.AskAsync(isStreaming, "one", options, Cancellation));
        ComeBack();
        await client.AskAsync(isStreaming, "two", options, Cancellation);

        AssertFromTheDriver(error);
        Assert.Equal(["user: one", "assistant: call cut", "tool: result The outcome of this call is not known. It may have been carried out, or may still be running.", "user: two"], model.Requests[1].Lines);
    }

    [Fact]
    public async Task GetStreamingResponseAsync_ModelFailsWhileAway_ThrowsTheModelsException()
    {
        var failure = new InvalidOperationException("the model");
        var waiting = new ScriptedAnswer(new TextContent("lost ")) { Waits = true, Failure = failure };
        var model = new ScriptedModel(waiting, "Hi");
        using var loggers = new Microsoft.Extensions.Logging.LoggerFactory([new FakeLoggerProvider(_logs)]);
        var client = new ChatClientBuilder(model)
            .UseSessionManager(ScriptedPipeline.AgentId, _services.GetRequiredService<ISessionManagerFactory>())
            .Build(new ServiceCollection().AddSingleton<Microsoft.Extensions.Logging.ILoggerFactory>(loggers).BuildServiceProvider());
        var asking = client.AskAsync(isStreaming: true, "one", Options, Cancellation);
        await waiting.WhenReachedAsync(asking);
        await _proxy.DisposeAsync();
        waiting.Release();

        var error = await Record.ExceptionAsync(() => asking);
        ComeBack();
        await client.AskAsync(isStreaming: true, "two", Options, Cancellation);

        Assert.Same(failure, error);
        Assert.Equal(["user: one", "user: two"], model.Requests[1].Lines);
        Assert.Equal(30, Assert.Single(_logs.GetSnapshot()).Id.Id);
    }

    private static void AssertFromTheDriver(Exception? error) => Assert.True(error is TimeoutException or MongoException, error?.ToString());

    private void ComeBack() => _proxy = TcpProxy.Start(database.ConnectionString, new MongoUrl(_proxy.ConnectionString).Server.Port);
}
