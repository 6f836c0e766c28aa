using System.Text.Json.Nodes;
using SessionManager.Internal.Runs;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// Remembers what a session manager knows to be stored of one agent, so that only changes are sent.
/// </summary>
/// <remarks>All members but <see cref="EnterAsync"/> are for the call that has entered.</remarks>
internal sealed class AgentTracker
{
    // Messages are stored in the order of the calls.
    private readonly Gate _gate = new();

    // An empty state stands for one that was neither loaded nor set: it never overwrites what is stored.
    private StoredAgent _synced;
    // The live configuration that was last stored. Comparing with it, and not with what is stored, keeps what was edited in
    // the database.
    private ConfigFingerprint _captured;
    // The totals of which everything is stored.
    private EventLoopMetrics _syncedMetrics;
    // The totals when the turn of that message began: its metrics are always written whole.
    private EventLoopMetrics _turnStart;
    private int? _turnPosition;
    private bool _hasAppended;

    // What lists are to show of what was appended or changed since the last sync, the position where that begins, and the latest redaction of it.
    private ShownHistory? _shown;
    private int? _shownFrom;
    private string? _redaction;
    private bool _clearsTitle;

    public AgentTracker(string agentId, EventLoopMetrics metrics, AgentPosition position)
    {
        Position = position;
        _synced = new StoredAgent { AgentId = agentId, State = [], ConversationManagerState = [] };
        _captured = ConfigFingerprint.None;
        _syncedMetrics = metrics;
        _turnStart = metrics;
    }

    /// <summary>
    /// Gets the position of the agent's next message, which all session managers of the process share.
    /// </summary>
    public AgentPosition Position { get; }

    /// <summary>
    /// Gets a value indicating whether this session manager has seen that the agent is there.
    /// </summary>
    public bool IsKnown { get; private set; }

    /// <summary>
    /// Gets the branch that this session manager has loaded, and appends to.
    /// </summary>
    /// <value>Null when it has loaded none.</value>
    public AgentBranch? Branch { get; private set; }

    /// <summary>
    /// Gets a value indicating whether the session had a title when the agent was last loaded.
    /// </summary>
    public bool HasTitle { get; private set; }

    /// <summary>
    /// Gets a value indicating whether this session manager has appended an answer.
    /// </summary>
    public bool HasAnswer => _turnPosition is not null;

    /// <summary>
    /// Gets or sets the run that this session manager has of the agent.
    /// </summary>
    /// <value>Null for none.</value>
    public HeldRun? Run { get; set; }

    /// <summary>
    /// Gets where the history ends that this session manager has loaded and appended to: the position behind the latest message
    /// that its user knows of.
    /// </summary>
    /// <value>Null when it has loaded nothing that tells.</value>
    public int? KnownEnd { get; private set; }

    public static StoredAgent ToData(ISessionAgent agent) => new()
    {
        AgentId = agent.AgentId,
        State = Changed(null, agent.State),
        ConversationManagerState = Changed(null, agent.ConversationManagerState),
        Model = NullIfEmpty(agent.Model),
        SystemPrompt = NullIfEmpty(agent.SystemPrompt),
        CapturedConfig = ConfigFingerprint.Of(agent.Model, agent.SystemPrompt).ToString(),
    };

    /// <summary>
    /// Waits until the calls that came before have left. Dispose the result to leave.
    /// </summary>
    public ValueTask<Gate.Entry> EnterAsync(CancellationToken cancellationToken) => _gate.EnterAsync(cancellationToken);

    public void Initialized(StoredAgent stored, StoredHistory history, int? end)
    {
        Branch = history.Branch;
        HasTitle = history.HasTitle;
        _synced = stored;

        // A configuration of another writer has no fingerprint; it stands for itself.
        _captured = ConfigFingerprint.Of(stored.Model, stored.SystemPrompt).With(ConfigFingerprint.Parse(stored.CapturedConfig));
        IsKnown = true;
        KnownEnd = end;
    }

    /// <summary>
    /// Gets what the agent has gained since the last time, to be stored with the message that ends the turn. Null when
    /// that is nothing.
    /// </summary>
    public TurnMetrics? GetTurnMetrics(ISessionAgent agent)
    {
        var totals = agent.GetMetrics();
        var gained = totals.Since(_syncedMetrics);
        return gained.IsZero() ? null : new TurnMetrics(totals, gained with { Model = NullIfEmpty(agent.Model) });
    }

    /// <summary>
    /// Notes that messages are stored up to a position.
    /// </summary>
    /// <param name="branch">The branch.</param>
    /// <param name="lastPosition">The position of the last one.</param>
    /// <param name="turnPosition">The position of the last assistant message among them, if any.</param>
    /// <param name="turn">What was stored with it.</param>
    /// <param name="firstPosition">The position of the first one.</param>
    /// <param name="shown">What lists show of them.</param>
    public void Appended(AgentBranch branch, int lastPosition, int? turnPosition, TurnMetrics? turn, int firstPosition, ShownHistory shown)
    {
        _shown = ShownHistory.Merge(_shown, shown);
        _shownFrom ??= firstPosition;
        Branch = branch;
        IsKnown = true;
        KnownEnd = lastPosition + 1;
        _hasAppended = true;
        if (turnPosition is not null)
        {
            _turnPosition = turnPosition;
            _turnStart = _syncedMetrics;
            _syncedMetrics = turn?.Totals ?? _syncedMetrics;
        }
    }

    /// <summary>
    /// Notes what lists show in the place of a message that was edited.
    /// </summary>
    public void Replaced(ShownMessage message) => _shown = ShownHistory.Merge(_shown, new ShownHistory { Preview = message });

    /// <summary>
    /// Notes a redaction, where the next sync tells of it: no other update of the session has told anything of the message.
    /// </summary>
    public bool TryRedact(StoredAgent redacted)
    {
        if (!(_shownFrom <= redacted.Shown!.Preview!.Position))
        {
            return false;
        }

        _shown = ShownHistory.Merge(_shown, redacted.Shown);
        _redaction = redacted.Redaction;
        _clearsTitle |= redacted.ClearsGeneratedTitle;
        return true;
    }

    /// <summary>
    /// Gets what the end of a run stores of an agent that has not changed otherwise.
    /// </summary>
    public StoredAgent GetEnd() => new() { AgentId = _synced.AgentId, Shown = GetShown(), Redaction = _redaction, ClearsGeneratedTitle = _clearsTitle };

    /// <summary>
    /// Gets what has changed since <see cref="Synced"/>, or null when nothing has.
    /// </summary>
    public AgentChanges? GetChanges(ISessionAgent agent)
    {
        var metrics = agent.GetMetrics();
        // Without an assistant message there is none to store them with, and they wait for one.
        var hasTurnMetrics = _turnPosition is not null && !metrics.Since(_syncedMetrics).IsZero();
        var config = _captured.With(ConfigFingerprint.Of(agent.Model, agent.SystemPrompt));
        var state = Changed(_synced.State, agent.State);
        var update = new StoredAgent
        {
            AgentId = agent.AgentId,
            State = state,
            ChangedStateKeys = state is null || _synced.State is null ? null : GetChangedKeys(_synced.State, state),
            ConversationManagerState = Changed(_synced.ConversationManagerState, agent.ConversationManagerState),
            Model = config.Model == _captured.Model ? null : agent.Model,
            SystemPrompt = config.SystemPrompt == _captured.SystemPrompt ? null : agent.SystemPrompt,
            CapturedConfig = config == _captured ? null : config.ToString(),
            Shown = GetShown(),
            Redaction = _redaction,
            ClearsGeneratedTitle = _clearsTitle,
        };

        // An append leaves the session document alone; the sync behind it moves its updated_at.
        var hasChanged = _hasAppended || hasTurnMetrics
            || update is not { State: null, ConversationManagerState: null, CapturedConfig: null };
        return hasChanged
            ? new AgentChanges(update, metrics, _turnPosition ?? -1, hasTurnMetrics ? metrics.Since(_turnStart) with { Model = NullIfEmpty(agent.Model) } : null)
            : null;
    }

    /// <summary>
    /// Forgets where the history ended that was loaded before: it is about to be loaded anew.
    /// </summary>
    public void ForgetEnd() => KnownEnd = null;

    /// <summary>
    /// Notes where the history ends that was loaded, where nothing that was loaded tells.
    /// </summary>
    public void SetEnd(int end) => KnownEnd = end;

    /// <summary>
    /// Forgets the history: it has gone on without this session manager.
    /// </summary>
    public void Leave()
    {
        (Branch, KnownEnd, IsKnown) = (null, null, false);
        _turnPosition = null;
        ForgetShown();
    }

    public void Synced(AgentChanges changes)
    {
        _hasAppended = false;
        ForgetShown();
        _synced = _synced with
        {
            State = changes.Agent.State ?? _synced.State,
            ConversationManagerState = changes.Agent.ConversationManagerState ?? _synced.ConversationManagerState,
        };
        _captured = _captured.With(ConfigFingerprint.Parse(changes.Agent.CapturedConfig));
        if (changes.TurnMetrics is not null)
        {
            _syncedMetrics = changes.Metrics;
        }
    }

    /// <summary>
    /// Forgets what lists are to show: it is stored, or belongs to a history that is left.
    /// </summary>
    public void ForgetShown() => (_shown, _shownFrom, _redaction, _clearsTitle) = (null, null, null, false);

    private ShownHistory GetShown() => (_shown ?? new()) with { MessageCount = KnownEnd };

    private static JsonObject? Changed(JsonObject? synced, JsonObject current)
    {
        try
        {
            // A copy, since the agent goes on changing its own.
            return JsonNode.DeepEquals(synced, current) ? null : current.DeepClone().AsObject();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A value of the application's own type may throw anything when it is made JSON for this. The storage
            // is going to refuse it, and tells where in the state it is.
            return current;
        }
    }

    private static string[]? GetChangedKeys(JsonObject synced, JsonObject current)
    {
        try
        {
            return
            [
                .. current.Where(field => !synced.TryGetPropertyValue(field.Key, out var before) || !JsonNode.DeepEquals(before, field.Value)).Select(static field => field.Key),
                .. synced.Select(static field => field.Key).Where(key => !current.ContainsKey(key)),
            ];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // As above: the storage is going to refuse it.
            return null;
        }
    }

    private static string? NullIfEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
