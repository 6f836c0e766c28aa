namespace SessionManager.Tool.Output;

/// <summary>
/// A session as it is shown, and as its JSON is.
/// </summary>
internal sealed record ShownSession(
    string SessionId,
    SessionOwner Owner,
    string Layout,
    string? ApplicationName,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    IReadOnlyDictionary<string, object?> Metadata,
    IReadOnlyList<ShownAgent> Agents,
    IReadOnlyList<Feedback> Feedbacks,
    IReadOnlyList<string> Notes)
{
    // Whoever looks for an older one has its number from somewhere else.
    private const int MaxBranches = 50;

    /// <summary>
    /// Reads a session, of whichever library. Nothing is written.
    /// </summary>
    public static async Task<ShownSession?> ReadAsync(
        Place place, string sessionId, string? agentId, int? branch, int? last, CancellationToken cancellationToken)
    {
        if (sessionId.Length == 0)
        {
            return null;
        }

        if (await place.PythonReader.ReadAsync(sessionId, cancellationToken) is { } python)
        {
            return FromPython(python, agentId, branch, last);
        }

        // What else is no id, no session has.
        var info = await GetInfoAsync(place, sessionId, cancellationToken);
        if (info is null)
        {
            return null;
        }

        await using var session = place.Open(sessionId);
        var listed = await SessionManager.Tool.Agents.ListAsync(session, cancellationToken);
        List<string> notes = listed.Damage is null ? [] : [listed.Damage];
        var agents = new List<ShownAgent>();
        foreach (var config in listed.Found)
        {
            if (StoredLayout.FindFault(config.AgentId) is { } fault)
            {
                // Another writer has stored it. Its messages cannot be asked for.
                notes.Add($"Agent '{config.AgentId}' is not shown: {fault}");
                continue;
            }

            // A number is one agent's, but branch 0 of sessions from before there were branches.
            if ((agentId is null || config.AgentId == agentId)
                && await FindBranchAsync(place, sessionId, config.AgentId, branch, notes, cancellationToken) is var shown && (shown is not null || branch is null))
            {
                var branches = await ListBranchesAsync(session, config.AgentId, notes, cancellationToken);
                var messages = shown is null ? [] : await ReadMessagesAsync(place, sessionId, shown, last, notes, cancellationToken);
                agents.Add(ShownAgent.Create(config, shown?.Number ?? 0, branches, messages));
            }
        }

        var feedbacks = await session.GetFeedbacksAsync(cancellationToken);
        return new ShownSession(info.SessionId, info.Owner, "sessionManager", info.ApplicationName, info.CreatedAt, info.UpdatedAt, info.Metadata, agents, feedbacks, notes);
    }

    private static async Task<SessionInfo?> GetInfoAsync(Place place, string sessionId, CancellationToken cancellationToken)
    {
        try
        {
            return await place.Storage.GetSessionAsync(sessionId, cancellationToken);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static async Task<AgentBranch?> FindBranchAsync(
        Place place, string sessionId, string agentId, int? branch, List<string> notes, CancellationToken cancellationToken)
    {
        try
        {
            return await place.Storage.FindBranchAsync(sessionId, agentId, branch, cancellationToken);
        }
        catch (Exception exception) when (exception is DamagedSessionException or DamagedMessageException)
        {
            notes.Add(exception.Message);
            return null;
        }
    }

    private static async Task<IReadOnlyList<HistoryBranch>> ListBranchesAsync(
        ISessionManager session, string agentId, List<string> notes, CancellationToken cancellationToken)
    {
        try
        {
            var branches = await session.ListBranchesAsync(agentId, limit: MaxBranches + 1, cancellationToken: cancellationToken);
            if (branches.Count > MaxBranches)
            {
                notes.Add($"Agent {agentId} has more branches than the latest {MaxBranches}.");
            }

            return [.. branches.Take(MaxBranches)];
        }
        catch (Exception exception) when (exception is DamagedSessionException or DamagedMessageException)
        {
            if (!notes.Contains(exception.Message))
            {
                notes.Add(exception.Message);
            }

            return [];
        }
    }

    // One by one past a damaged one, so that it hides no other.
    private static async Task<IReadOnlyList<SessionMessage>> ReadMessagesAsync(
        Place place, string sessionId, AgentBranch branch, int? last, List<string> notes, CancellationToken cancellationToken)
    {
        var messages = new List<SessionMessage>();
        var from = last is { } count ? Math.Max(0, await place.Storage.GetMessageCountAsync(sessionId, branch, cancellationToken) - count) : 0;
        while (true)
        {
            try
            {
                await foreach (var message in place.Storage.StreamMessagesAsync(sessionId, branch, new MessageQuery { FromPosition = from }, cancellationToken))
                {
                    messages.Add(message);
                    from = message.Position + 1;
                }

                return messages;
            }
            catch (DamagedMessageException exception) when (exception.Position is { } position && position >= from)
            {
                notes.Add(exception.Message);
                await AddBetweenAsync(place, sessionId, branch, from, position, messages, cancellationToken);
                from = position + 1;
            }
        }
    }

    // Of the page that the damaged one came with, those before it.
    private static async Task AddBetweenAsync(
        Place place, string sessionId, AgentBranch branch, int from, int before, List<SessionMessage> messages, CancellationToken cancellationToken)
    {
        if (from < before)
        {
            var query = new MessageQuery { FromPosition = from, BeforePosition = before };
            messages.AddRange(await place.Storage.ListMessagesAsync(sessionId, branch, query, cancellationToken));
        }
    }

    private static ShownSession FromPython(PythonSession session, string? agentId, int? branch, int? last) => new(
        session.Info.SessionId,
        SessionOwner.None,
        "python",
        session.Info.ApplicationName,
        session.Info.CreatedAt,
        session.Info.UpdatedAt,
        session.Info.Metadata,
        [.. session.Agents
            .Where(agent => (agentId is null || agent.Config.AgentId == agentId) && (branch is null or 0))
            .Select(agent => ShownAgent.Create(agent.Config, branch: 0, [], last is { } count ? [.. agent.Messages.TakeLast(count)] : agent.Messages))],
        session.Feedbacks,
        [.. session.Findings.Select(static finding => $"{finding.Path}: {finding.Detail}")]);
}
