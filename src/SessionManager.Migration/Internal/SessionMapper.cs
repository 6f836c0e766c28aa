using System.Security.Cryptography;
using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// Makes of a session of Python's the documents of the target, by the table of docs/python.md.
/// </summary>
internal sealed class SessionMapper
{
    // Raised when documents of the same source come out differently, so that the next migration brings them over anew.
    private const byte MappingVersion = 4;

    // What Python never has in the root of a session, and would say something else here: a session with a field deleted is none, and
    // one with expires_at is removed by the server.
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        Names.Feedbacks, "owner", "hold", "erasure", "assignment", "title", "generated_title", "first", "next", "deleted", "sweep_at", "expires_at", "messages_expire_at",
    };

    private readonly Findings _findings = new();
    private readonly RawBsonDocument _source;
    private readonly bool _keepViewerPassword;
    private IReadOnlyList<MappedFeedback>? _feedback;

    public SessionMapper(RawBsonDocument source, string sessionId, bool keepViewerPassword)
    {
        (_source, _keepViewerPassword, SessionId) = (source, keepViewerPassword, sessionId);
        Agents = [.. PythonAgent.FindAll(source, _findings).Select(agent => new MessageMapper(sessionId, agent, agent.GetMessages(_findings), _findings))];
    }

    /// <summary>
    /// Gets the id of the session in the target.
    /// </summary>
    public string SessionId { get; }

    public IReadOnlyList<MessageMapper> Agents { get; }

    public int MessageCount => Agents.Sum(static agent => agent.Count);

    /// <summary>
    /// Gets the feedback in the order that lists have. It is mapped when it is first asked for.
    /// </summary>
    public IReadOnlyList<MappedFeedback> Feedback => _feedback ??= FeedbackMapper.Map(SessionId, _source, Agents, _findings);

    /// <summary>
    /// Gets what a person should know of. It is complete when all of the session has been mapped.
    /// </summary>
    public IReadOnlyList<PythonMigrationFinding> Findings => _findings.All;

    /// <summary>
    /// Hashes a session: its content as it is stored, since Python's writes of metadata move no date, and what else decides on the result.
    /// </summary>
    public static string Hash(RawBsonDocument source, bool keepViewerPassword)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(RawBson.GetSpan(source));
        hash.AppendData([MappingVersion, keepViewerPassword ? (byte)1 : (byte)0]);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public IEnumerable<MappedMessage> MapMessages() =>
        Agents.SelectMany(static agent => Enumerable.Range(0, agent.Count).Select(agent.Map));

    /// <summary>
    /// Makes the session document, without what is said of the migration.
    /// </summary>
    public BsonDocument MapSession()
    {
        var session = new BsonDocument(TargetLayout.ToIdentity(SessionId))
        {
            { Names.ApplicationName, RawBson.Find(_source, Names.ApplicationName) ?? BsonNull.Value },
            { Names.SessionType, RawBson.Find(_source, Names.SessionType) ?? "AGENT" },
            { Names.SchemaVersion, TargetLayout.Version },
        };
        foreach (var field in (ReadOnlySpan<string>)[Names.CreatedAt, Names.UpdatedAt])
        {
            session.Add(field, ReadDate(field));
        }

        session.Add(Names.Agents, MapAgents());
        var metadata = RawBson.Find<RawBsonDocument>(_source, Names.Metadata);
        session.Add(Names.Metadata, metadata is null ? [] : MetadataMapper.Map(RawBson.Materialize(metadata), _findings));
        AddOthers(session);
        return session;
    }

    /// <summary>
    /// Copies a document with a date in it that may be stored as something else.
    /// </summary>
    public static BsonDocument WithDate(RawBsonDocument document, string field)
    {
        var copy = RawBson.Materialize(document);
        if (copy.TryGetValue(field, out var value) && PythonDates.Read(value) is { } date)
        {
            copy[field] = date;
        }

        return copy;
    }

    private BsonDocument MapAgents()
    {
        var agents = new BsonDocument();
        foreach (var agent in Agents)
        {
            agents[TargetLayout.ToName(agent.Agent.Id)] = AgentMapper.Map(agent, _findings);
        }

        return agents;
    }

    private void AddOthers(BsonDocument session)
    {
        // Whose it is comes of no field of that name.
        var mapped = session.Names.Except(Reserved).ToHashSet(StringComparer.Ordinal);
        foreach (var element in _source.Elements.Where(element => !mapped.Contains(element.Name)))
        {
            switch (element.Name)
            {
                case Names.ViewerPassword when !_keepViewerPassword:
                case Names.Feedbacks when element.Value is RawBsonArray or BsonNull:
                case Names.Migration:
                    break;
                case Names.GuardrailEvents when element.Value is RawBsonArray events:
                    CarriedFields.Add(session, Reserved, element.Name, new BsonArray(events.Values.Select(static item => item is RawBsonDocument one ? WithDate(one, Names.Timestamp) : item)));
                    break;
                default:
                    CarriedFields.Add(session, Reserved, element.Name, element.Value);
                    break;
            }
        }
    }

    private BsonValue ReadDate(string field)
    {
        var value = RawBson.Find(_source, field);
        if (PythonDates.Read(value) is { } date)
        {
            return date;
        }

        _findings.Add(PythonMigrationFindingKind.UnreadableDate, field, "It is no date, and stays what it is.");
        return value ?? BsonNull.Value;
    }
}
