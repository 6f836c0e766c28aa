namespace SessionManager.Conformance.Toy;

/// <summary>
/// A storage of one's own, as small as it can be: sessions in a dictionary, one operation at a time.
/// </summary>
public sealed partial class ToyStorage(ToyOptions options, TimeProvider clock) : SessionStorage
{
    private readonly Dictionary<string, ToySession> _sessions = [];
    private readonly Lock _lock = new();
    private static readonly DateTimeOffset Epoch = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override SessionCatalog Catalog => field ??= new ToyCatalog(this);

    protected override Task<SessionInfo?> GetSessionCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        RunAsync(() => Find(sessionId) is { Info: not null } session ? ToInfo(session) : null, cancellationToken);

    protected override async Task<bool> SetTitleCoreAsync(string sessionId, string? title, StoredHistory? source, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        if (Find(sessionId) is not { Info: { } info } session)
        {
            return false;
        }

        if (source is not null
            && (FindAgent(sessionId, source.Branch.AgentId)?.History is not { HasTitle: false } history
                || history.Branch.Number != source.Branch.Number
                || history.Redaction != source.Redaction))
        {
            return false;
        }

        session.Info = info with { Title = title, IsTitleGenerated = source is not null };
        return true;
    }

    protected override async Task<bool> CreateSessionCoreAsync(
        string sessionId, string? applicationName, IReadOnlyDictionary<string, object?>? metadata, bool revivesDeleted, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        Dictionary<string, object?> fields = [];
        SetAll(fields, metadata ?? fields);
        var isNew = Find(sessionId) is not { } there || (there.Info is null && (revivesDeleted || there.NextBranch == 0));
        if (isNew)
        {
            Create(sessionId, applicationName).Metadata = fields;
        }

        return isNew;
    }

    protected override async Task<bool> ForkSessionCoreAsync(
        string sessionId, string targetId, string? applicationName, IReadOnlyDictionary<string, int> messageCounts, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        var source = Get(sessionId);
        foreach (var (agentId, count) in messageCounts)
        {
            var named = source.Agents.Find(agent => agent.AgentId == agentId) ?? throw new AgentNotFoundException(sessionId, agentId);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, FindMessages(sessionId, named.History!.Branch).Count, nameof(messageCounts));
        }

        if (Find(targetId) is { Info: not null })
        {
            return false;
        }

        var target = Create(targetId, applicationName);
        target.Metadata = new(MetadataValue.Normalize(source.Metadata, nameof(source.Metadata)));
        foreach (var agent in source.Agents)
        {
            var branch = new AgentBranch(agent.AgentId, target.NextBranch++);
            var messages = FindMessages(sessionId, agent.History!.Branch).Take(messageCounts.GetValueOrDefault(agent.AgentId, int.MaxValue));
            GetMessages(target, branch).AddRange(messages.Select(message => message with { Branch = branch.Number, EventLoopMetrics = null }));
            var count = GetMessages(target, branch).Count;
            target.Agents.Add(agent with
            {
                State = agent.State?.DeepClone().AsObject(),
                ConversationManagerState = agent.RemovedMessageCount > count ? [] : agent.ConversationManagerState?.DeepClone().AsObject(),
                Shown = agent.Shown?.Preview?.Position < count ? agent.Shown with { MessageCount = count } : new ShownHistory { MessageCount = count },
                History = new StoredHistory { Branch = branch, End = count, Run = null, NextBranch = 0, FirstBranch = 0 },
            });
        }

        return true;
    }

    protected override async Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        var session = Find(sessionId);
        if (session?.Info is null)
        {
            return false;
        }

        // The numbers of its branches stay known, so that no later session of this id meets its writers.
        _sessions[sessionId] = new ToySession { NextBranch = session.NextBranch, ExpiresAt = clock.GetUtcNow() + TimeSpan.FromDays(7) };
        return true;
    }

    public override async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        var count = 0;
        foreach (var session in _sessions.Values)
        {
            foreach (var left in session.Branches.Keys.Where(key => key.Number < (session.Info is null ? session.NextBranch : session.FirstBranch)).ToList())
            {
                session.Branches.Remove(left);
                count++;
            }
        }

        return count;
    }

    protected override async Task DeleteBranchCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        Find(sessionId)?.Branches.Remove((branch.AgentId, branch.Number));
    }

    private static SessionInfo ToInfo(ToySession session)
    {
        var shown = session.Agents.Select(static agent => agent.Shown).OfType<ShownHistory>().ToList();
        return session.Info! with
        {
            MessageCount = shown.Sum(static agent => agent.MessageCount ?? 0),
            LastMessageAt = shown.Max(static agent => agent.LastMessageAt),
            Preview = shown.Where(static agent => agent.Preview?.Text is not null).MaxBy(static agent => agent.LastMessageAt)?.Preview!.Text,
            Metadata = MetadataValue.Normalize(session.Metadata, nameof(session.Metadata)),
        };
    }

    // That of a person stays.
    private static void ClearGeneratedTitle(ToySession session, bool clears) =>
        session.Info = clears && session.Info!.IsTitleGenerated ? session.Info with { Title = null, IsTitleGenerated = false } : session.Info;

    // Nothing is waited for in an operation, so that a lock will do.
    private Lock.Scope Enter(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _lock.EnterScope();
    }

    private async Task<T> RunAsync<T>(Func<T> operation, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        return operation();
    }

    private ToySession? Find(string sessionId) =>
        _sessions.TryGetValue(sessionId, out var session) && clock.GetUtcNow() < session.ExpiresAt ? session : null;

    private ToySession Get(string sessionId) =>
        Find(sessionId) is { Info: not null } session ? session : throw new SessionNotFoundException(sessionId);

    // Every write comes by here: a session that is in use lives on, and one that has expired makes room.
    private ToySession GetOrAdd(string sessionId)
    {
        var session = Find(sessionId) ?? (_sessions[sessionId] = new ToySession());
        session.ExpiresAt = options.SessionTtl is { } lifetime ? clock.GetUtcNow() + lifetime : DateTimeOffset.MaxValue;
        return session;
    }

    private ToySession Create(string sessionId, string? applicationName)
    {
        var session = GetOrAdd(sessionId);
        // Above every number that an earlier session of this id has used.
        session.FirstBranch = session.NextBranch = Math.Max((int)(clock.GetUtcNow() - Epoch).TotalSeconds, session.Branches.Keys.Select(key => key.Number + 1).Append(session.NextBranch).Append(1).Max());
        var key = SessionKey.Parse(sessionId);
        session.Info = new SessionInfo { SessionId = key.SessionId, Owner = key.Owner, ApplicationName = applicationName, CreatedAt = Now(), UpdatedAt = Now() };
        return session;
    }

    private void Touch(string sessionId) => GetOrAdd(sessionId).Info = Get(sessionId).Info! with { UpdatedAt = Now() };

    // Times are stored in whole milliseconds.
    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
}
