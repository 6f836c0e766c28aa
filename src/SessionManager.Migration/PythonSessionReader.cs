using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal;

namespace SessionManager;

/// <summary>
/// Shows sessions of the Python library <c>mongodb-session-manager</c> where they are, and writes nothing.
/// </summary>
/// <remarks>Thread-safe. The client of the database belongs to the caller.</remarks>
public sealed class PythonSessionReader
{
    private readonly SourceSessions _sessions;

    /// <summary>
    /// Initializes a new instance of the <see cref="PythonSessionReader"/> class.
    /// </summary>
    /// <param name="database">The database of the Python library.</param>
    /// <param name="collectionName">The name of its collection of sessions.</param>
    /// <exception cref="ArgumentNullException"><paramref name="database"/> or <paramref name="collectionName"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="collectionName"/> is blank or none of a collection.</exception>
    public PythonSessionReader(IMongoDatabase database, string collectionName)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentException.ThrowIfNullOrWhiteSpace(collectionName);
        _sessions = new SourceSessions(database.GetCollection<RawBsonDocument>(collectionName));
    }

    /// <summary>
    /// Reads a session.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The session, or null where there is none, or none of Python's.</returns>
    /// <exception cref="ArgumentException"><paramref name="sessionId"/> is null or empty.</exception>
    /// <exception cref="MongoException">The server cannot be reached.</exception>
    public async Task<PythonSession?> ReadAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(sessionId);
        var stored = await _sessions.FindAsync(sessionId, cancellationToken).ConfigureAwait(false);
        if (stored is null || stored.Contains(Names.SchemaVersion) || !TargetLayout.IsPython(stored))
        {
            return null;
        }

        var mapper = new SessionMapper(stored, sessionId, keepViewerPassword: false);
        var session = mapper.MapSession();
        var agents = mapper.Agents.Select(agent => ToAgent(agent, session)).ToList();
        return new PythonSession
        {
            Info = TargetLayout.ReadInfo(session),
            Agents = agents,
            // Nothing finds it by the id that a migration gives it.
            Feedbacks = [.. mapper.Feedback.Select(feedback => TargetLayout.ReadFeedback(feedback.Document, sessionId) with { Id = null })],
            Findings = mapper.Findings,
        };
    }

    private static PythonSessionAgent ToAgent(MessageMapper agent, BsonDocument session)
    {
        var stored = session[Names.Agents][TargetLayout.ToName(agent.Agent.Id)][Names.AgentData].AsBsonDocument;
        return new PythonSessionAgent
        {
            Config = TargetLayout.ReadConfig(stored, agent.Agent.Id),
            Messages = [.. Enumerable.Range(0, agent.Count).Select(position => TargetLayout.Read(agent.Map(position).Document)).OfType<SessionMessage>()],
        };
    }
}
