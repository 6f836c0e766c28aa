using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.AgentFramework.Tests;

public sealed class SessionMetadataContextProviderTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static MatrixTheoryData<bool, bool, bool> Ways { get; } = new([false, true], [false, true], [false, true]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RunAsync_ModelUsesTheTool_ChangesTheSessionsMetadata(bool isLed, bool isStreaming, bool isPerModelCall)
    {
        var model = new ScriptedModel(request => request.Number == 1 ? new ScriptedAnswer(SetPriority(request)) : "Noted.");
        await using var host = AgentHost.Start(database, model, isLed, options =>
        {
            options.AIContextProviders = [new SessionMetadataContextProvider(database.Factory)];
            options.RequirePerServiceCallChatHistoryPersistence = isPerModelCall;
        });

        await host.Agent.AskAsync(isStreaming, _sessionId, "It is urgent.");

        var metadata = await host.Sessions.Create(_sessionId).GetMetadataAsync(cancellationToken: Cancellation);
        Assert.Equal("high", metadata!["priority"]);
        Assert.Equal("assistant: Noted.", (await host.ListAsync(_sessionId))[^1]);
    }

    [Fact]
    public async Task RunAsync_KeysThatAreNotAllowed_AreRefused()
    {
        var model = new ScriptedModel(request => request.Number == 1 ? new ScriptedAnswer(SetPriority(request)) : "Sorry.");
        var options = new SessionAIAgentOptions { MetadataTool = new MetadataToolOptions { WritableKeys = ["other"] } };
        await using var host = AgentHost.Start(
            database, model, configure: agent => agent.AIContextProviders = [new SessionMetadataContextProvider(database.Factory, options)]);

        await host.Agent.AskAsync(isStreaming: false, _sessionId, "It is urgent.");

        Assert.Empty((await host.Sessions.Create(_sessionId).GetMetadataAsync(cancellationToken: Cancellation))!);
    }

    [Fact]
    public async Task RunAsync_ModelUsesTheTool_RunsScopedHooksAndDisposesThem()
    {
        var seen = new List<RecordingHook>();
        var services = new ServiceCollection();
        services.AddSingleton(seen);
        services.AddScoped<IMetadataHook, RecordingHook>();
        services.AddMongoSessionManager(options =>
        {
            options.ConnectionString = database.ConnectionString;
            options.DatabaseName = database.DatabaseName;
        });
        services.AddSessionAIAgent("support", static (_, session) => new ScriptedModel(request => request.Number == 1 ? new ScriptedAnswer(SetPriority(request)) : "Noted.")
            .AsAIAgent(new ChatClientAgentOptions { ChatHistoryProvider = session.ChatHistoryProvider, AIContextProviders = [session.MetadataProvider] }));
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

        await provider.GetRequiredKeyedService<AIAgent>("support").AskAsync(isStreaming: false, _sessionId, "It is urgent.");

        var hook = Assert.Single(seen);
        Assert.Equal((MetadataAction.Update, _sessionId, true), (hook.Action, hook.SessionId, hook.IsDisposed));
    }

    private static FunctionCallContent SetPriority(ScriptedRequest request) => ScriptedModel.Call(
        Assert.Single(request.Options!.Tools!).Name, ("action", "set"), ("metadata", new Dictionary<string, object?> { ["priority"] = "high" }));

    private sealed class RecordingHook : IMetadataHook, IDisposable
    {
        public RecordingHook(List<RecordingHook> seen) => seen.Add(this);

        public MetadataAction? Action { get; private set; }

        public string? SessionId { get; private set; }

        public bool IsDisposed { get; private set; }

        public ValueTask<MetadataHookResult> InvokeAsync(MetadataHookContext context, MetadataHookNext next)
        {
            (Action, SessionId) = (context.Action, context.Session.SessionId);
            return next(context);
        }

        public void Dispose() => IsDisposed = true;
    }
}
