using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Files;

/// <summary>
/// Writes an export, a line at a time.
/// </summary>
internal sealed class SessionFileWriter(Stream destination)
{
    private const int LargeLine = 1024 * 1024;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private ArrayBufferWriter<byte> _line = new();
    private string _sessionId = "";
    private long _messageCount;
    private long _feedbackCount;
    private ExportResult _result = new() { SessionCount = 0, MessageCount = 0, FeedbackCount = 0, DeletedCount = 0 };

    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        using (var writer = new Utf8JsonWriter(_line, Options))
        {
            writer.WriteStartObject();
            writer.WriteString(SessionFile.FormatName, SessionFile.Format);
            writer.WriteNumber(SessionFile.VersionName, SessionFile.Version);
            writer.WriteEndObject();
        }

        await SendAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task BeginSessionAsync(BsonDocument stored, CancellationToken cancellationToken)
    {
        (_sessionId, _messageCount, _feedbackCount) = (stored[Fields.Id].AsString, 0, 0);
        return WriteAsync(SessionFile.Session, SessionFile.ToSession(stored), cancellationToken);
    }

    public Task WriteMessageAsync(BsonDocument stored, CancellationToken cancellationToken)
    {
        _messageCount++;
        return WriteAsync(SessionFile.Message, SessionFile.ToMessage(stored), cancellationToken);
    }

    public Task WriteFeedbackAsync(BsonDocument stored, CancellationToken cancellationToken)
    {
        _feedbackCount++;
        return WriteAsync(SessionFile.Feedback, SessionFile.ToFeedback(stored), cancellationToken);
    }

    public Task EndSessionAsync(CancellationToken cancellationToken)
    {
        _result = _result with
        {
            SessionCount = _result.SessionCount + 1,
            MessageCount = _result.MessageCount + _messageCount,
            FeedbackCount = _result.FeedbackCount + _feedbackCount,
        };
        var end = new BsonDocument { { Fields.Id, _sessionId }, { SessionFile.MessageCount, _messageCount }, { SessionFile.FeedbackCount, _feedbackCount } };
        _sessionId = "";
        return WriteAsync(SessionFile.End, end, cancellationToken);
    }

    /// <summary>
    /// Notes that a session is not there any more. What was written of it counts for nothing.
    /// </summary>
    public Task EndDeletedAsync(CancellationToken cancellationToken)
    {
        _result = _result with { DeletedCount = _result.DeletedCount + 1 };
        var deleted = new BsonDocument(Fields.Id, _sessionId);
        var hasBegun = _sessionId.Length > 0;
        _sessionId = "";
        return hasBegun ? WriteAsync(SessionFile.Deleted, deleted, cancellationToken) : Task.CompletedTask;
    }

    public async Task<ExportResult> CompleteAsync(CancellationToken cancellationToken)
    {
        await WriteAsync(SessionFile.Complete, new BsonDocument(SessionFile.SessionCount, (long)_result.SessionCount), cancellationToken).ConfigureAwait(false);
        return _result;
    }

    private Task WriteAsync(string kind, BsonDocument document, CancellationToken cancellationToken)
    {
        using (var writer = new Utf8JsonWriter(_line, Options))
        {
            writer.WriteStartObject();
            writer.WritePropertyName(kind);
            ExtendedJsonWriter.Write(writer, document);
            writer.WriteEndObject();
        }

        return SendAsync(cancellationToken);
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        _line.Write("\n"u8);
        await destination.WriteAsync(_line.WrittenMemory, cancellationToken).ConfigureAwait(false);
        if (_line.Capacity > LargeLine)
        {
            _line = new ArrayBufferWriter<byte>();
        }
        else
        {
            _line.ResetWrittenCount();
        }
    }
}
