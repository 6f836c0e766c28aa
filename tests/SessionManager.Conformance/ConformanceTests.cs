using System.Globalization;
using System.Text;
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
    /// Makes a session that has something of everything: 9 messages on three branches of two agents, and 2 feedbacks.
    /// </summary>
    protected async Task FillAsync(string sessionId, ISessionManagerFactory? factory = null)
    {
        var session = (factory ?? Factory).Create(sessionId);
        var agent = CreateAgent();
        await session.InitializeAsync(agent, Cancellation);
        await session.UpdateMetadataAsync(Map(("tier", "gold"), ("big", 1L << 40), ("price", 1.10m), ("at", Now()), ("bytes", new byte[] { 1, 2 }), ("a.b", null)), Cancellation);
        await session.AppendMessagesAsync([User("first"), Assistant("answer"), User("second")], agent, Cancellation);
        agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 3, TotalTokenCount = 7 }, TimeSpan.FromMilliseconds(20));
        await session.AppendMessageAsync(Assistant("other answer"), agent, Cancellation);
        Wait();
        await session.RedactLatestMessageAsync(Assistant("[hidden]"), agent, new RedactionDetails { Action = "ANONYMIZED" }, Cancellation);
        await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up, Comment = "Quick!", AgentId = "support", Position = 1 }, Cancellation);
        await session.AddFeedbackAsync(new Feedback { AdditionalProperties = Map(("page", 4)) }, Cancellation);
        await session.RewindAsync("support", 2, cancellationToken: Cancellation);
        session = (factory ?? Factory).Create(sessionId);
        agent = CreateAgent();
        await session.InitializeAsync(agent, Cancellation);
        agent.State["turns"] = 2;
        agent.State["{odd}.$key"] = "x";
        await session.AppendMessagesAsync([User("another second"), Assistant("its answer")], agent, Cancellation);
        await session.SyncAgentAsync(agent, Cancellation);
        await session.UndoLastTurnAsync("support", cancellationToken: Cancellation);
        session = (factory ?? Factory).Create(sessionId);
        agent = CreateAgent();
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessagesAsync([User("third try")], agent, Cancellation);
        var planner = CreateAgent("plan/ner.v1");
        await session.InitializeAsync(planner, Cancellation);
        await session.AppendMessagesAsync([User("plan"), Assistant("done")], planner, Cancellation);
    }

    /// <summary>
    /// Writes a session as it is exported.
    /// </summary>
    protected static async Task<string> ExportAsync(SessionStorage storage, string sessionId)
    {
        ArgumentNullException.ThrowIfNull(storage);
        using var file = new MemoryStream();
        await storage.Catalog!.ExportAsync(SessionKey.Parse(sessionId), file, Cancellation);
        return Encoding.UTF8.GetString(file.ToArray());
    }

    /// <summary>
    /// Tells what can be read of a session, but for the numbers of its branches.
    /// </summary>
    protected static async Task<string> DescribeAsync(ISessionManager session)
    {
        ArgumentNullException.ThrowIfNull(session);
        var text = new StringBuilder();
        foreach (var config in await session.ListAgentsAsync(Cancellation))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{config.AgentId} {config.Model} {config.SystemPrompt}");
            foreach (var branch in await session.ListBranchesAsync(config.AgentId, cancellationToken: Cancellation))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"{branch.IsCurrent} {branch.MessageCount} {branch.LastMessageAt:O}");
                foreach (var message in await session.ListMessagesAsync(config.AgentId, new MessageQuery { Branch = branch.Branch.Number }, Cancellation))
                {
                    text.AppendLine(CultureInfo.InvariantCulture, $"{message.Position} {message.Message.Role} {message.Message.Text} {message.RedactMessage?.Text} {message.CreatedAt:O} {message.UpdatedAt:O} "
                        + $"{message.EventLoopMetrics?.TotalTokens} {message.GuardrailEvent?.Action}");
                }
            }
        }

        foreach (var feedback in await session.GetFeedbacksAsync(Cancellation))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{feedback.Rating} {feedback.Comment} {feedback.AgentId} {feedback.Position} {feedback.CreatedAt:O} {string.Join(',', feedback.AdditionalProperties)}");
        }

        foreach (var (name, value) in await session.GetMetadataAsync(cancellationToken: Cancellation) ?? Map())
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{name} {value} {value?.GetType()}");
        }

        var usage = await session.GetUsageAsync(Cancellation);
        text.AppendLine(CultureInfo.InvariantCulture, $"{usage.Total.TotalTokens}");
        return text.ToString();
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
