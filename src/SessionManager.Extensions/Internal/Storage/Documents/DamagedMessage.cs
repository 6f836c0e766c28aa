using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents.Contents;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// A stored message that is damaged, read once more to tell which one it is, and where the damage is.
/// </summary>
internal sealed class DamagedMessage(RawBsonDocument? stored)
{
    public string SessionId => FindText(Fields.SessionId) ?? "";

    public string AgentId => MessageKeys.FindAgentId(FindText(Fields.Id)) ?? FindText(Fields.AgentId) ?? "";

    public int? Position => MessageKeys.ToPosition(Find(stored, Fields.Position)) ?? MessageKeys.FindPosition(FindText(Fields.Id));

    /// <summary>
    /// Reads the message that begins in a stream, and leaves the stream where it is.
    /// </summary>
    public static DamagedMessage Read(BsonStream? stream, long start)
    {
        if (stream is null)
        {
            return new DamagedMessage(stored: null);
        }

        var position = stream.Position;
        stream.Position = start;
        try
        {
            var length = stream.ReadInt32();
            stream.Position = start;
            return new DamagedMessage(new RawBsonDocument(stream.ReadBytes(length)));
        }
        finally
        {
            stream.Position = position;
        }
    }

    public DamagedMessageException ToException(ChatMessageCodec codec, Exception exception) =>
        new(SessionId, AgentId, Position, FindDamage(codec), exception as FormatException);

    /// <summary>
    /// Gets the document that takes the place of the stored one, and keeps it.
    /// </summary>
    public BsonDocument ToReplacement(ChatMessageCodec codec, string sessionId, AgentBranch branch, int position, DateTimeOffset now)
    {
        var time = new BsonDateTime(now.UtcDateTime);
        // What the key says is right: by it the message was found.
        var replacement = new BsonDocument
        {
            { Fields.Id, MessageKeys.ToKey(sessionId, branch.AgentId, branch.GetBranchAt(position), position) },
            { Fields.SessionId, sessionId },
            { Fields.AgentId, branch.AgentId },
            { Fields.Position, position },
            { Fields.Branch, branch.GetBranchAt(position), branch.GetBranchAt(position) > 0 },
            { Fields.Message, codec.Encode(CreatePlaceholder()) },
            { Fields.RedactMessage, BsonNull.Value },
            { Fields.UpdatedAt, time },
            { Fields.ReplacedMessages, new BsonArray { new BsonDocument { { Fields.Document, stored }, { Fields.ReplacedAt, time } } } },
        };
        foreach (var field in (ReadOnlySpan<string>)[Fields.Base, Fields.CreatedAt, Fields.EventLoopMetrics, Fields.ExpiresAt])
        {
            // The session has paid for it, and lives as long.
            replacement.Add(field, Find(stored, field), Find(stored, field) is not null);
        }

        return replacement;
    }

    /// <summary>
    /// Creates the message that stands where there is none that can be read. Without contents: no model is ever sent it.
    /// </summary>
    public static ChatMessage CreatePlaceholder(ChatRole role, string? messageId = null) => new(role, (IList<AIContent>)[])
    {
        MessageId = messageId,
        AdditionalProperties = new() { [MessageMarks.Damaged] = true },
    };

    private ChatMessage CreatePlaceholder()
    {
        var message = Find(stored, Fields.Message) as RawBsonDocument;
        var role = Find(message, MessageNames.Role) is BsonString { Value: MessageNames.User } ? ChatRole.User : ChatRole.Assistant;
        var custom = Find(Find(message, MessageNames.Metadata) as RawBsonDocument, MessageNames.Custom) as RawBsonDocument;
        return CreatePlaceholder(role, Find(custom, MessageNames.MessageId) is BsonString id ? id.Value : null);
    }

    private string FindDamage(ChatMessageCodec codec)
    {
        if (FindText(Fields.AgentId) is null)
        {
            return Fields.AgentId;
        }

        if (Find(stored, Fields.Branch) is { } branch && MessageKeys.ToPosition(branch) is null)
        {
            return Fields.Branch;
        }

        return MessageKeys.ToPosition(Find(stored, Fields.Position)) is not null
            ? FindInMessage(codec, Fields.Message) ?? FindInMessage(codec, Fields.RedactMessage) ?? Fields.GuardrailEvent
            : Fields.Position;
    }

    // By trial: only so does the codec alone know what it takes.
    private string? FindInMessage(ChatMessageCodec codec, string field)
    {
        return Find(stored, field) switch
        {
            null or BsonNull or BsonUndefined when field == Fields.RedactMessage => null,
            RawBsonDocument message => CanRead(codec, () => message) ? null : FindInMessage(codec, field, message),
            _ => field,
        };
    }

    private static string FindInMessage(ChatMessageCodec codec, string field, RawBsonDocument message)
    {
        if (!CanRead(codec, () => WithContent(message, [])))
        {
            return $"{field}.{MessageNames.Role}";
        }

        var content = $"{field}.{MessageNames.Content}";
        if (Find(message, MessageNames.Content) is not BsonArray blocks)
        {
            return content;
        }

        for (var i = 0; i < blocks.Count; i++)
        {
            var index = i;
            if (!CanRead(codec, () => WithContent(message, [blocks[index]])))
            {
                return $"{content}.{i}";
            }
        }

        return $"{field}.{MessageNames.Metadata}";
    }

    private static BsonDocument WithContent(RawBsonDocument message, BsonArray content) =>
        new BsonDocument(MessageNames.Content, content)
            .Add(MessageNames.Role, Find(message, MessageNames.Role) ?? BsonNull.Value);

    private static bool CanRead(ChatMessageCodec codec, Func<BsonDocument> getMessage)
    {
        try
        {
            codec.Decode(new RawBsonDocument(getMessage().ToBson()));
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return false;
        }
    }

    private string? FindText(string field) => Find(stored, field) is BsonString text ? text.Value : null;

    private static BsonValue? Find(RawBsonDocument? document, string field)
    {
        try
        {
            return document is not null && document.TryGetValue(field, out var value) ? value : null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A text before it that is none in UTF-8, for example.
            return null;
        }
    }
}
