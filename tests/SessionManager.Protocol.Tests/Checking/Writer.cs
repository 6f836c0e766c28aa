using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using SessionManager.Internal.History;
using SessionManager.Internal.Runs;
using SessionManager.Internal.Sessions;

namespace SessionManager.Protocol.Checking;

/// <summary>
/// One process that uses the session, and what it has observed.
/// </summary>
internal sealed class Writer
{
    public const string SessionId = "session";

    private static readonly HistoryMetrics Metrics = new();

    private readonly World _world;
    private readonly AgentPositions _positions = new();
    private readonly RunTerms _terms;
    private readonly WorldClock _clock;
    private readonly StepStorage _storage;
    private int _tokens;

    public Writer(World world, string name)
    {
        _world = world;
        Name = name;
        _clock = new WorldClock(world, this);
        _terms = new RunTerms(World.Term, () => LastToken = $"{name}{++_tokens}");
        _storage = world.Scenario.CreateStorage(world, this);
    }

    public string Name { get; }

    public World World => _world;

    /// <summary>
    /// Gets or sets what stands for all that the writer has observed: what it does next depends on nothing else.
    /// </summary>
    public Digest Log { get; set; }

    /// <summary>
    /// Gets the token of the latest run that the writer has asked for.
    /// </summary>
    public string? LastToken { get; private set; }

    /// <summary>
    /// Gets or sets a value indicating whether the writer has no runs.
    /// </summary>
    public bool IsPlain { get; set; }

    public bool IsKilled { get; set; }

    public List<WorldClock.WorldTimer> Polls { get; } = [];

    public List<WorldClock.WorldTimer> Renewals { get; } = [];

    public Task Task { get; private set; } = Task.CompletedTask;

    public bool IsDone => IsKilled || Task.IsCompleted;

    public void Start(Func<Writer, Task> writeAsync) => Task = writeAsync(this);

    public void Observe(string observation) => Log = Log.With(observation);

    public ISessionManager Open() =>
        new DefaultSessionManager(new SessionKey(SessionOwner.None, SessionId), _storage, applicationName: null, hooks: null, _positions, _terms, Metrics, titles: null, _clock, NullLogger.Instance);

    public SessionStorage Storage => _storage;

    /// <summary>
    /// Appends a message by a session manager, and notes that it was acknowledged.
    /// </summary>
    public async Task<AgentBranch> AppendAsync(ISessionManager manager, SessionAgent agent, ChatRole role, string text)
    {
        if (IsPlain)
        {
            _world.Ledger.PlainTexts.Add(text);
        }

        var position = await manager.AppendMessageAsync(new ChatMessage(role, text) { MessageId = text }, agent);
        return _world.Ledger.Acknowledge(text, position);
    }
}
