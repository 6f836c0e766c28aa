using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;

namespace SessionManager.Conformance;

/// <summary>
/// What every part of the suite has: a session id of its own, and the usual agents and messages.
/// </summary>
public abstract class ConformanceTests(ConformanceFixture fixture)
{
    /// <summary>
    /// Gets the token that ends with the test run.
    /// </summary>
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// Gets the id of the session of this test.
    /// </summary>
    protected string SessionId { get; } = NewSessionId();

    /// <summary>
    /// Gets the clock of the sessions.
    /// </summary>
    protected FakeTimeProvider Clock => fixture.Clock;

    /// <summary>
    /// Gets the factory of the sessions that most tests use.
    /// </summary>
    protected ISessionManagerFactory Factory => fixture.Host.Factory;

    /// <summary>
    /// Gets the storage of the sessions that most tests use.
    /// </summary>
    protected SessionStorage Storage => fixture.Host.Storage;

    /// <summary>
    /// Gets the current branch of an agent in the session of this test.
    /// </summary>
    protected async Task<AgentBranch> BranchAsync(string agentId = "support") =>
        await Storage.FindBranchAsync(SessionId, agentId, number: null, Cancellation) ?? throw new InvalidOperationException($"There is no agent {agentId}.");

    /// <summary>
    /// Makes a session id that no other test uses.
    /// </summary>
    protected static string NewSessionId() => $"session-{Guid.NewGuid():N}";

    /// <summary>
    /// Makes an agent with a model and a system prompt.
    /// </summary>
    protected static SessionAgent CreateAgent(string agentId = "support") => new(agentId)
    {
        Model = "model-1",
        SystemPrompt = "You help.",
    };

    /// <summary>
    /// Makes a message of the user's.
    /// </summary>
    protected static ChatMessage User(string text = "Hello") => new(ChatRole.User, text);

    /// <summary>
    /// Makes a message of the assistant's.
    /// </summary>
    protected static ChatMessage Assistant(string text = "Hi") => new(ChatRole.Assistant, text);

    /// <summary>
    /// Makes a map, such as metadata to write.
    /// </summary>
    protected static Dictionary<string, object?> Map(params (string Key, object? Value)[] entries) =>
        entries.ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);

    /// <summary>
    /// Gets the time as it is stored, in whole milliseconds.
    /// </summary>
    protected DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(Clock.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>
    /// Lets some time pass, so that what is written next is dated later.
    /// </summary>
    protected void Wait() => Clock.Advance(TimeSpan.FromSeconds(1));

    /// <summary>
    /// Makes sessions with other options than most tests use. The test disposes them.
    /// </summary>
    protected Task<ConformanceHost> CreateHostAsync(Func<ConformanceOptions, ConformanceOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return fixture.CreateHostAsync(configure(new ConformanceOptions { Clock = Clock }));
    }

    /// <summary>
    /// Opens the test's session as another process would.
    /// </summary>
    protected ISessionManager Open() => Factory.Create(SessionId);

    /// <summary>
    /// Opens the test's session with one agent in it.
    /// </summary>
    protected async Task<(ISessionManager Session, SessionAgent Agent)> StartAsync(string agentId = "support")
    {
        var session = Open();
        var agent = CreateAgent(agentId);
        await session.InitializeAsync(agent, Cancellation);
        return (session, agent);
    }

    /// <summary>
    /// Gets a session that must be there; by default the one of this test.
    /// </summary>
    protected async Task<SessionInfo> GetInfoAsync(string? sessionId = null)
    {
        var info = await Storage.GetSessionAsync(sessionId ?? SessionId, Cancellation);
        Assert.NotNull(info);
        return info;
    }

    /// <summary>
    /// Asserts that a call marks the session as updated at the time of the call.
    /// </summary>
    protected async Task AssertUpdatesAsync(Func<Task> call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var created = (await GetInfoAsync()).CreatedAt;
        Wait();

        await call();

        var info = await GetInfoAsync();
        Assert.Equal((created, Now()), (info.CreatedAt, info.UpdatedAt));
    }
}
