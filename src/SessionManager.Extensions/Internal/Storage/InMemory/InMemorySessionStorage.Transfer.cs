using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Documents.Values;
using SessionManager.Internal.Storage.Files;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    /// <inheritdoc/>
    public async Task WriteAsync(string sessionId, SessionFileWriter file, CancellationToken cancellationToken)
    {
        BsonDocument document;
        List<InMemoryMessage> messages;
        List<BsonDocument> feedbacks;
        using (await EnterAsync(cancellationToken).ConfigureAwait(false))
        {
            var session = Get(sessionId);
            document = Copy(session.Document!);
            document[Fields.Metadata] = ToStored(session.ImportedMetadata, MetadataValues.ToBson(session.Metadata, nameof(session.Metadata)));
            messages = [.. GetMessages(sessionId)];
            feedbacks = session.Feedbacks.ConvertAll(static feedback => Copy(feedback.Document));
        }

        // A message is never changed, but another one takes its place.
        var byKey = messages.Select(message => (Key: MessageKeys.ToKey(sessionId, message.AgentId, message.Branch.Number, message.Position), Message: message)).ToList();
        byKey.Sort(static (a, b) => SessionFile.CompareKeys(a.Key, b.Key));
        await file.BeginSessionAsync(document, cancellationToken).ConfigureAwait(false);
        foreach (var (_, message) in byKey)
        {
            await file.WriteMessageAsync(message.ToDocument(sessionId), cancellationToken).ConfigureAwait(false);
        }

        // In the order in which a database lists it.
        feedbacks.Sort(static (a, b) => a[Fields.CreatedAt].CompareTo(b[Fields.CreatedAt]) is not 0 and var order ? order : SessionFile.CompareKeys(a[Fields.Id].AsString, b[Fields.Id].AsString));
        foreach (var feedback in feedbacks)
        {
            await file.WriteFeedbackAsync(feedback, cancellationToken).ConfigureAwait(false);
        }

        await file.EndSessionAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IncomingSession?> BeginImportAsync(FiledSession session, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return Find(session.Id)?.Document is null
            ? new InMemoryImport(session, codec, (messages, feedback, token) => TryPublishAsync(session, messages, feedback, token))
            : null;
    }

    private async Task<bool> TryPublishAsync(FiledSession filed, List<InMemoryMessage> messages, IReadOnlyList<BsonDocument> feedback, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(filed.Id)?.Document is not null)
        {
            return false;
        }

        var session = Publish(filed, messages, feedback);
        session.ImportedMetadata = filed.Document[Fields.Metadata].AsBsonDocument;
        session.Metadata = MetadataValues.FromBson(session.ImportedMetadata);
        filed.Document[Fields.Metadata] = new BsonDocument();
        return true;
    }

    /// <summary>
    /// Puts a session in its place, but for its metadata.
    /// </summary>
    private InMemorySession Publish(FiledSession filed, List<InMemoryMessage> messages, IReadOnlyList<BsonDocument> feedback)
    {
        var session = GetOrAdd(filed.Id);

        // As a database, where numbers stay unless an earlier session has used them.
        var used = session.Messages.Select(static message => message.Branch.Number).Append(session.DeletedBefore - 1).Max();
        var shift = Math.Max(filed.First, used + 1) - filed.First;
        if (shift > int.MaxValue - filed.Next)
        {
            throw new FormatException("The branches of the session have numbers that are too high.");
        }

        FiledSession.Shift(filed.Document, shift);
        foreach (var one in feedback)
        {
            filed.ShiftFeedback(one, shift);
            session.Feedbacks.Add(new InMemoryFeedback(++_feedbackCount, one));
        }

        session.Document = filed.Document;
        Dictionary<AgentBranch, AgentBranch> branches = [];
        foreach (var message in messages)
        {
            if (!branches.TryGetValue(message.Branch, out var branch))
            {
                branches[message.Branch] = branch = Shift(message.Branch, shift);
            }

            session.GetMessages(branch).Add(message with { Branch = branch });
        }

        return session;
    }

    private static AgentBranch Shift(AgentBranch branch, int shift) => shift == 0
        ? branch
        : new AgentBranch(branch.AgentId, branch.Number + shift, [.. branch.Base.Select(segment => new BranchSegment(segment.Branch + shift, segment.End))]);

    /// <summary>
    /// Gets metadata as it is stored: as a file had it, and of what has changed since as it is now.
    /// </summary>
    private static BsonDocument ToStored(BsonDocument imported, BsonDocument current)
    {
        var stored = new BsonDocument { AllowDuplicateNames = true };
        var left = (BsonDocument)current.Clone();
        foreach (var field in imported)
        {
            // A name of another program's may stand for the same key.
            var name = BsonKeys.Encode(BsonKeys.Decode(field.Name));
            if (current.TryGetValue(name, out var value))
            {
                stored.Add(field.Name, ToStored(field.Value, value));
                left.Remove(name);
            }
        }

        stored.AddRange(left);
        return stored;
    }

    private static BsonValue ToStored(BsonValue imported, BsonValue current) => (imported, current) switch
    {
        _ when ToBytes(MetadataValues.ToBson(MetadataValues.FromBson(imported), nameof(imported))).AsSpan().SequenceEqual(ToBytes(current)) => imported,
        (BsonDocument before, BsonDocument now) => ToStored(before, now),
        _ => current,
    };

    private static byte[] ToBytes(BsonValue value) => new BsonDocument(Fields.Metadata, value).ToBson();
}
