using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Agents.AI;
using SessionManager.Internal;

namespace SessionManager;

/// <summary>
/// Keeps the small state of agent sessions of Agent Framework, such as requests for approval that wait for an answer, with
/// the agent in the session.
/// </summary>
/// <remarks>
/// <para>
/// An agent session is saved as JSON in the agent's <c>state</c>, under <c>agent_session</c>, and replaces all that is there:
/// one small update, whatever the length of the history. Messages are never saved: they belong to
/// <see cref="SessionChatHistoryProvider"/>, and the agent session of an agent without one, which holds its whole history,
/// is refused.
/// </para>
/// <para>
/// The session has the id of the key. Partitions named <c>tenant</c> and <c>user</c> are its <see cref="SessionOwner"/>; without them it is
/// that of the factory. Other partitions stand for the session <c>name=value/…/id</c>, in the order of their names, every part
/// percent-encoded. An agent session that comes from this store and was given no
/// other id continues that session.
/// </para>
/// <para>
/// Thread-safe. It owns nothing that needs to be disposed.
/// </para>
/// </remarks>
[Experimental("MAAI001")]
public sealed class SessionManagerAgentSessionStore : AgentSessionStore
{
    private const string StateName = "agent_session";
    private const string TenantPartition = "tenant";
    private const string UserPartition = "user";

    // By their text: a serializer would want reflection, or metadata of its types.
    // More than can be stored, so that what is too deep is refused there; what it costs to parse grows with the square of the depth.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    private readonly ISessionManagerFactory _sessions;
    private readonly SessionStorage _storage;
    private readonly SessionAIAgentOptions _options;

    /// <summary>
    /// Initializes a new instance of the <see cref="SessionManagerAgentSessionStore"/> class.
    /// </summary>
    /// <param name="sessions">Makes the sessions.</param>
    /// <param name="storage">The storage of the same registration.</param>
    /// <param name="options">The options, or null for the default ones. They must not name another database or collection.</param>
    /// <exception cref="ArgumentNullException"><paramref name="sessions"/> or <paramref name="storage"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="options"/> name another database or collection than the storage's.</exception>
    public SessionManagerAgentSessionStore(ISessionManagerFactory sessions, SessionStorage storage, SessionAIAgentOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        ArgumentNullException.ThrowIfNull(storage);
        if (options?.ManagerOptions is { } settings && (settings.DatabaseName ?? settings.CollectionName) is not null)
        {
            throw new ArgumentException("Agent sessions are kept in the database and collection of the registration only.", nameof(options));
        }

        _sessions = sessions;
        _storage = storage;
        _options = options?.Clone() ?? new SessionAIAgentOptions();
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// The agent session holds messages, or the agent has neither a name nor an id in the options.
    /// </exception>
    public override async ValueTask SaveSessionAsync(
        AIAgent agent,
        AgentSessionStoreKey key,
        AgentSession session,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(session);
        ThrowIfHoldsMessages(agent, session);

        var agentId = AgentIds.Get(agent, _options);
        var serialized = await agent.SerializeSessionAsync(session, cancellationToken: cancellationToken).ConfigureAwait(false);
        var state = new JsonObject { [StateName] = JsonNode.Parse(serialized.GetRawText(), documentOptions: Deep) };
        var update = new StoredAgent { AgentId = agentId, State = state, ChangedStateKeys = [StateName] };
        try
        {
            // The agent is there but for the first save, so the update is tried first.
            await _storage.UpdateAgentAsync(GetKey(key).ToString(), update, fence: null, cancellationToken).ConfigureAwait(false);
        }
        catch (SessionException e) when (e is SessionNotFoundException or AgentNotFoundException)
        {
            await AddAsync(GetKey(key), update, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException">The agent has neither a name nor an id in the options.</exception>
    public override async ValueTask<AgentSession?> GetSessionAsync(AIAgent agent, AgentSessionStoreKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(key);

        var agentId = AgentIds.Get(agent, _options);
        var data = await _storage.GetAgentAsync(GetKey(key).ToString(), agentId, cancellationToken).ConfigureAwait(false);
        if (data?.State?[StateName] is not { } node)
        {
            return null;
        }

        var serialized = JsonElement.Parse(node.ToJsonString(), Deep);
        var session = await agent.DeserializeSessionAsync(serialized, cancellationToken: cancellationToken).ConfigureAwait(false);
        return WithSessionId(session, key);
    }

    /// <inheritdoc/>
    /// <remarks>A new agent session continues the session of the key, whose history may be there already.</remarks>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="InvalidOperationException">The agent has neither a name nor an id in the options.</exception>
    public override async ValueTask<AgentSession> GetOrCreateSessionAsync(AIAgent agent, AgentSessionStoreKey key, CancellationToken cancellationToken = default) =>
        WithSessionId(await base.GetOrCreateSessionAsync(agent, key, cancellationToken).ConfigureAwait(false), key);

    /// <summary>
    /// Deletes the session of the key, with the messages of all its agents. One that does not exist is no error.
    /// </summary>
    /// <param name="agent">The agent that owns the agent session.</param>
    /// <param name="key">The key of the agent session.</param>
    /// <param name="cancellationToken">Cancels the call. What was not deleted then is by the next call.</param>
    /// <returns>A task that ends when the server has acknowledged the deletion.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public override async ValueTask DeleteSessionAsync(AIAgent agent, AgentSessionStoreKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(key);
        await _storage.DeleteSessionAsync(GetKey(key).ToString(), cancellationToken).ConfigureAwait(false);
    }

    private SessionKey GetKey(AgentSessionStoreKey key) => new(FindOwner(key) ?? _sessions.Owner, GetSessionId(key));

    private static SessionOwner? FindOwner(AgentSessionStoreKey key) =>
        key.Partitions is { } partitions && (partitions.ContainsKey(TenantPartition) || partitions.ContainsKey(UserPartition))
            ? new SessionOwner { Tenant = partitions.GetValueOrDefault(TenantPartition), User = partitions.GetValueOrDefault(UserPartition) }
            : null;

    private static string GetSessionId(AgentSessionStoreKey key)
    {
        var partitions = (key.Partitions ?? ReadOnlyDictionary<string, string>.Empty)
            .Where(static partition => partition.Key is not (TenantPartition or UserPartition))
            .OrderBy(static partition => partition.Key, StringComparer.Ordinal)
            .Select(static partition => $"{Uri.EscapeDataString(partition.Key)}={Uri.EscapeDataString(partition.Value)}")
            .ToList();
        return partitions.Count == 0 ? key.SessionId : string.Join('/', partitions.Append(Uri.EscapeDataString(key.SessionId)));
    }

    private static AgentSession WithSessionId(AgentSession session, AgentSessionStoreKey key)
    {
        if (SessionIds.Get(session) is null)
        {
            SessionIds.Set(session, GetSessionId(key));
        }

        if (FindOwner(key) is { } owner)
        {
            SessionIds.SetOwner(session, owner);
        }

        return session;
    }

    private static void ThrowIfHoldsMessages(AIAgent agent, AgentSession session)
    {
        var stateKey = agent.GetService<InMemoryChatHistoryProvider>()?.StateKeys[0];
        if (session.TryGetInMemoryChatHistory(out var messages, stateKey) && messages.Count > 0)
        {
            throw new InvalidOperationException(
                "The agent session holds the agent's history, which would be written whole at every save. Give the agent a "
                + "SessionChatHistoryProvider, such as new ChatClientAgentOptions { ChatHistoryProvider = provider }.");
        }
    }

    private async Task AddAsync(SessionKey key, StoredAgent agent, CancellationToken cancellationToken)
    {
        var manager = _sessions.ForOwner(key.Owner).Create(key.SessionId, _options.ManagerOptions);
        await using (manager.ConfigureAwait(false))
        {
            var added = new SessionAgent(agent.AgentId) { State = agent.State! };
            var result = await manager.InitializeAsync(added, cancellationToken).ConfigureAwait(false);
            // Another process has added it in between, with a state of its own.
            if (!result.IsNewAgent)
            {
                await _storage.UpdateAgentAsync(key.ToString(), agent, fence: null, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
