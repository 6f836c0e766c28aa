using System.Security.Cryptography;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Files;

/// <summary>
/// A session as it is in a file, or as it is stored under another id, and what places it.
/// </summary>
internal sealed class FiledSession
{
    private readonly HashSet<string> _feedback = new(StringComparer.Ordinal);
    private string? _last;

    /// <exception cref="FormatException">It is no session of an export.</exception>
    /// <exception cref="UnsupportedSessionException">It has another layout.</exception>
    public FiledSession(BsonDocument document, ReadOnlySpan<byte> line)
    {
        if (document.GetValue(Fields.Id, BsonNull.Value) is not BsonString { Value: var id } || !SessionKey.TryParse(id, out _))
        {
            throw new FormatException("The session has no valid id.");
        }

        // Or it would be listed as another's.
        var identity = SessionDocument.ToIdentity(id);
        if (((string[])[Fields.SessionId, Fields.Owner]).Any(field => document.GetValue(field, BsonNull.Value) != identity.GetValue(field, BsonNull.Value)))
        {
            throw new FormatException("The session's id and owner are not those of its key.");
        }

        Id = id;
        if (SessionFile.SessionState.FirstOrDefault(document.Contains) is { } field)
        {
            throw new FormatException($"A session in a file has no field '{field}'.");
        }

        if (!SessionLayout.HasVersion(document, id))
        {
            SessionLayout.ThrowIfPython(document, id);
        }

        First = HistoryDocument.ReadFirst(document);
        Next = HistoryDocument.ReadNext(document);
        if (Next < First)
        {
            throw new FormatException("The numbers of the session's branches are not in their order.");
        }

        Document = SessionFile.ToSession(document);
        Digest = Convert.ToHexStringLower(SHA256.HashData(line));
    }

    private FiledSession(string id, BsonDocument document, string digest)
    {
        (Id, Document, Digest) = (id, document, digest);
        First = HistoryDocument.ReadFirst(document);
        Next = HistoryDocument.ReadNext(document);
    }

    public string Id { get; }

    public BsonDocument Document { get; }

    /// <summary>
    /// Gets the lowest branch number of the session.
    /// </summary>
    public int First { get; }

    /// <summary>
    /// Gets the number of its next branch: what stands on another one than these is none of its messages.
    /// </summary>
    public int Next { get; }

    /// <summary>
    /// Gets how many numbers its place takes: one at least, which its feedback stands under.
    /// </summary>
    public int NumberCount => Math.Max(Next - First, 1);

    /// <summary>
    /// Gets what tells the session from another one of its id.
    /// </summary>
    public string Digest { get; }

    /// <summary>
    /// Gets a stored session, of any writer, as it is to be under another id.
    /// </summary>
    /// <param name="stored">The session, which waits for an assignment.</param>
    /// <param name="assignment">The assignment.</param>
    public static FiledSession Create(BsonDocument stored, BsonDocument assignment)
    {
        var id = AssignmentDocument.GetTarget(assignment);
        var identity = SessionDocument.ToIdentity(id).Add(Fields.SchemaVersion, SessionLayout.Version).Add(Fields.Assignment, AssignmentDocument.GetToken(assignment));
        var rest = new BsonDocument { AllowDuplicateNames = true };
        rest.AddRange(stored.Where(field => field.Name != Fields.Owner && !identity.Contains(field.Name)));
        var document = new BsonDocument { AllowDuplicateNames = true };
        document.AddRange(identity).AddRange(SessionFile.ToSession(rest));
        return new FiledSession(id, document, AssignmentDocument.GetToken(assignment).ToString()!);
    }

    /// <summary>
    /// Gives a message, or feedback, the key that it has in a session of another id.
    /// </summary>
    public static BsonDocument Move(BsonDocument content, string sessionId, string targetId)
    {
        content[Fields.Id] = $"{MessageKeys.Escape(targetId)}{content[Fields.Id].AsString[MessageKeys.Escape(sessionId).Length..]}";
        content[Fields.SessionId] = targetId;
        content.Remove(Fields.ExpiresAt);
        return content;
    }

    /// <summary>
    /// Checks that a message is one of the session, and the next one.
    /// </summary>
    /// <exception cref="FormatException">It is not.</exception>
    public void Check(BsonDocument message)
    {
        if (message.GetValue(Fields.SessionId, BsonNull.Value) != Id
            || message.GetValue(Fields.Id, BsonNull.Value) is not BsonString { Value: var key }
            || MessageKeys.FindSessionId(key) != Id
            || MessageKeys.FindAgentId(key) is not { } agentId
            || MessageKeys.FindBranch(key) is not { } branch
            || MessageKeys.FindPosition(key) is not { } position
            || MessageKeys.ToKey(Id, agentId, branch, position) != key
            || branch < First || branch >= Next)
        {
            throw new FormatException("The message is none of its session.");
        }

        if (message.Contains(Fields.ExpiresAt))
        {
            throw new FormatException($"A message in a file has no field '{Fields.ExpiresAt}'.");
        }

        if (_last is not null && SessionFile.CompareKeys(_last, key) >= 0)
        {
            throw new FormatException("The message does not stand behind the one before.");
        }

        _last = key;
    }

    /// <summary>
    /// Checks that feedback is the session's.
    /// </summary>
    /// <exception cref="FormatException">It is not.</exception>
    public void CheckFeedback(BsonDocument feedback)
    {
        if (feedback.GetValue(Fields.SessionId, BsonNull.Value) != Id
            || feedback.GetValue(Fields.Id, BsonNull.Value) is not BsonString { Value: var key }
            || FeedbackKeys.Shift(key, Id, First, shift: 0) != key
            || feedback.GetValue(Fields.FirstBranch, BsonNull.Value) != First
            || feedback.Contains(Fields.ExpiresAt))
        {
            throw new FormatException("The feedback is none of its session.");
        }

        if (!_feedback.Add(key))
        {
            throw new FormatException("The feedback is there twice.");
        }
    }

    /// <summary>
    /// Gives everything in a session the branch numbers that it gets in its place.
    /// </summary>
    public static void Shift(BsonDocument session, int shift)
    {
        if (shift == 0)
        {
            return;
        }

        session[Fields.FirstBranch] = HistoryDocument.ReadFirst(session) + shift;
        session[Fields.NextBranch] = HistoryDocument.ReadNext(session) + shift;
        foreach (var agent in (session.GetValue(Fields.Agents, BsonNull.Value) as BsonDocument ?? []).Select(static agent => agent.Value).OfType<BsonDocument>())
        {
            ShiftBranch(agent, shift);
        }

        // Of an earlier layout.
        foreach (var entry in session.GetValue(Fields.Feedbacks, BsonNull.Value) as BsonArray ?? [])
        {
            ShiftEntry(entry, shift);
        }
    }

    /// <inheritdoc cref="Shift"/>
    public static void ShiftMessage(BsonDocument message, int shift)
    {
        if (shift == 0)
        {
            return;
        }

        // Another program's, whose key has no position, is found by nobody on any branch.
        var key = message[Fields.Id].AsString;
        if (MessageKeys.FindPosition(key) is { } position)
        {
            message[Fields.Id] = MessageKeys.ToKey(message[Fields.SessionId].AsString, MessageKeys.FindAgentId(key)!, MessageKeys.FindBranch(key)!.Value + shift, position);
            ShiftBranch(message, shift);
        }
    }

    /// <inheritdoc cref="Shift"/>
    public void ShiftFeedback(BsonDocument feedback, int shift)
    {
        feedback[Fields.Id] = FeedbackKeys.Shift(feedback[Fields.Id].AsString, Id, First, shift) ?? feedback[Fields.Id];
        feedback[Fields.FirstBranch] = First + shift;
        ShiftEntry(feedback.GetValue(Fields.Feedback, BsonNull.Value), shift);
    }

    // Where it is about a message.
    private static void ShiftEntry(BsonValue entry, int shift)
    {
        if (shift != 0 && entry is BsonDocument fields && fields.GetValue(Fields.Position, BsonNull.Value).IsNumeric)
        {
            ShiftNumber(fields, Fields.Branch, shift);
        }
    }

    private static void ShiftBranch(BsonDocument document, int shift)
    {
        ShiftNumber(document, Fields.Branch, shift);
        foreach (var segment in (document.GetValue(Fields.Base, BsonNull.Value) as BsonArray ?? []).OfType<BsonDocument>())
        {
            ShiftNumber(segment, HistoryDocument.SegmentBranch, shift);
        }
    }

    // Branch 0 is not written. What is no number stays what it is, and is found damaged as before.
    private static void ShiftNumber(BsonDocument document, string name, int shift)
    {
        var number = document.GetValue(name, BsonNull.Value) is BsonNull ? 0 : MessageKeys.ToPosition(document[name]);
        if (number is { } branch)
        {
            document[name] = checked(branch + shift);
        }
    }
}
