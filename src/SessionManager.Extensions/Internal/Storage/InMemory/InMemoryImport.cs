using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Documents.Values;
using SessionManager.Internal.Storage.Files;

namespace SessionManager.Internal.Storage.InMemory;

/// <summary>
/// A session on its way from a file into memory, where nothing is damaged.
/// </summary>
internal sealed class InMemoryImport : IncomingSession
{
    private readonly Func<List<InMemoryMessage>, IReadOnlyList<BsonDocument>, CancellationToken, Task<bool>> _publish;
    private readonly SessionMessageSerializer _serializer;
    private readonly List<InMemoryMessage> _messages = [];
    private readonly List<BsonDocument> _feedback = [];
    private readonly Dictionary<(string AgentId, int Number), AgentBranch> _branches = [];

    /// <exception cref="FormatException">The session is damaged.</exception>
    public InMemoryImport(FiledSession session, ChatMessageCodec codec, Func<List<InMemoryMessage>, IReadOnlyList<BsonDocument>, CancellationToken, Task<bool>> publish)
    {
        _publish = publish;
        _serializer = new SessionMessageSerializer(codec, NullLogger.Instance);
        SessionFile.GetSize(session.Document);
        if (!IsSound(session.Document))
        {
            throw new FormatException("The session is damaged; only a database holds such a one.");
        }
    }

    /// <inheritdoc/>
    public override Task AddAsync(BsonDocument message, CancellationToken cancellationToken)
    {
        SessionFile.GetSize(message);
        var key = message[Fields.Id].AsString;
        var (agentId, number, position) = (MessageKeys.FindAgentId(key)!, MessageKeys.FindBranch(key)!.Value, MessageKeys.FindPosition(key)!.Value);
        if (!_branches.TryGetValue((agentId, number), out var branch))
        {
            _branches[(agentId, number)] = branch = ReadBranch(message, agentId, number);
        }

        var last = _messages is [.., { } before] && before.Branch == branch ? before.Position : branch.Start - 1;
        var read = InMemoryMessage.FromDocument(message, branch, position);
        if (position != last + 1 || _serializer.TryRead(new RawBsonDocument(message.ToBson())) is null)
        {
            throw new FormatException("The message is damaged, or does not follow the one before; only a database holds such a one.");
        }

        _messages.Add(read);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task AddFeedbackAsync(BsonDocument feedback, CancellationToken cancellationToken)
    {
        SessionFile.GetSize(feedback);
        if (feedback.GetValue(Fields.CreatedAt, BsonNull.Value) is not BsonDateTime || feedback.GetValue(Fields.Feedback, BsonNull.Value) is not BsonDocument)
        {
            throw new FormatException("The feedback is damaged; only a database holds such a one.");
        }

        _feedback.Add(feedback);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task<bool> CompleteAsync(CancellationToken cancellationToken) => _publish(_messages, _feedback, cancellationToken);

    // Of a branch that goes on from many parts, its first message names the latest, and the branch of these the ones before.
    private AgentBranch ReadBranch(BsonDocument message, string agentId, int number)
    {
        try
        {
            var (_, start, segments) = HistoryDocument.ReadBranch(message);
            if (start == 0)
            {
                return new AgentBranch(agentId, number, segments);
            }

            return _branches.TryGetValue((agentId, segments[0].Branch), out var earlier) && earlier.Start == start
                ? new AgentBranch(agentId, number, [.. earlier.Base, .. segments])
                : throw new FormatException("The branch of the message goes on from one that is not there.");
        }
        catch (ArgumentException)
        {
            throw new FormatException("The branch of the message is none.");
        }
    }

    private static bool IsSound(BsonDocument session)
    {
        if (session.GetValue(Fields.ApplicationName, BsonNull.Value) is not (BsonString or BsonNull)
            || session.GetValue(Fields.CreatedAt, BsonNull.Value) is not BsonDateTime { IsValidDateTime: true }
            || session.GetValue(Fields.UpdatedAt, BsonNull.Value) is not BsonDateTime { IsValidDateTime: true }
            || session.GetValue(Fields.Metadata, BsonNull.Value) is not BsonDocument
            || session.GetValue(Fields.Agents, BsonNull.Value) is not BsonDocument agents
            || session.GetValue(Fields.Feedbacks, new BsonArray()) is not BsonArray feedbacks
            || feedbacks.Any(static entry => entry is not BsonDocument))
        {
            return false;
        }

        try
        {
            DamagedFields damaged = default;
            foreach (var name in agents.Names)
            {
                if (AgentDocument.Find(session, BsonKeys.Decode(name), ref damaged) is null)
                {
                    return false;
                }
            }

            return !damaged.Any;
        }
        catch (DamagedSessionException)
        {
            return false;
        }
    }
}
