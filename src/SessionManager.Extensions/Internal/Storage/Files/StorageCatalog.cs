using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Files;

/// <summary>
/// The catalog of a storage that keeps sessions as they are in a database.
/// </summary>
internal sealed class StorageCatalog(ICatalogedStorage storage) : SessionCatalog
{
    /// <inheritdoc/>
    protected override Task<SessionPage> ListSessionsCoreAsync(SessionQuery query, CancellationToken cancellationToken) =>
        storage.ListSessionsAsync(query, cancellationToken);

    /// <inheritdoc/>
    protected override Task AssignCoreAsync(SessionKey session, SessionOwner owner, CancellationToken cancellationToken) =>
        storage.AssignAsync(session, owner, cancellationToken);

    /// <inheritdoc/>
    protected override Task<ErasureReceipt> EraseCoreAsync(SessionOwner owner, CancellationToken cancellationToken) =>
        storage.EraseAsync(owner, cancellationToken);

    /// <inheritdoc/>
    protected override Task<ErasureReceipt?> GetErasureCoreAsync(string erasureId, CancellationToken cancellationToken) =>
        storage.FindErasureAsync(erasureId, cancellationToken);

    /// <inheritdoc/>
    protected override Task SetHoldCoreAsync(SessionOwner owner, string reason, CancellationToken cancellationToken) =>
        storage.HoldAsync(owner, reason, cancellationToken);

    /// <inheritdoc/>
    protected override Task SetHoldCoreAsync(SessionKey session, string reason, CancellationToken cancellationToken) =>
        storage.HoldAsync(session, reason, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> RemoveHoldCoreAsync(SessionOwner owner, CancellationToken cancellationToken) =>
        storage.ReleaseAsync(owner, cancellationToken);

    /// <inheritdoc/>
    protected override Task<bool> RemoveHoldCoreAsync(SessionKey session, CancellationToken cancellationToken) =>
        storage.ReleaseAsync(session, cancellationToken);

    /// <inheritdoc/>
    protected override async Task<ExportResult> ExportCoreAsync(SessionKey session, Stream destination, CancellationToken cancellationToken)
    {
        var file = new SessionFileWriter(destination);
        await file.BeginAsync(cancellationToken).ConfigureAwait(false);
        await storage.WriteAsync(session.ToString(), file, cancellationToken).ConfigureAwait(false);
        return await file.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task<ExportResult> ExportCoreAsync(SessionQuery query, Stream destination, CancellationToken cancellationToken)
    {
        var file = new SessionFileWriter(destination);
        await file.BeginAsync(cancellationToken).ConfigureAwait(false);
        for (var next = query; next is not null;)
        {
            var page = await ListSessionsCoreAsync(next, cancellationToken).ConfigureAwait(false);
            foreach (var session in page.Sessions)
            {
                try
                {
                    await storage.WriteAsync(ToId(session), file, cancellationToken).ConfigureAwait(false);
                }
                catch (SessionNotFoundException)
                {
                    await file.EndDeletedAsync(cancellationToken).ConfigureAwait(false);
                }
            }

            next = page.Next is { } after ? query with { After = after } : null;
        }

        return await file.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async Task<ImportResult> ImportCoreAsync(Stream source, CancellationToken cancellationToken)
    {
        var file = new SessionFileReader(source);
        await file.ReadHeaderAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await ReadAsync(file, cancellationToken).ConfigureAwait(false);
        }
        catch (FormatException e)
        {
            throw new SessionFileException(file.Line, e.Message);
        }
    }

    private static string ToId(SessionInfo session) =>
        session.Owner.IsNone ? session.SessionId : new SessionKey(session.Owner, session.SessionId).ToString();

    private async Task<ImportResult> ReadAsync(SessionFileReader file, CancellationToken cancellationToken)
    {
        var result = new ImportResult { SessionCount = 0, MessageCount = 0, FeedbackCount = 0, SkippedCount = 0 };
        var ended = 0L;
        while (true)
        {
            var (kind, document) = await file.ReadAsync(cancellationToken).ConfigureAwait(false) ?? throw NotWhole();
            switch (kind)
            {
                case SessionFile.Session:
                    var session = new FiledSession(document, file.Bytes.Span);
                    var incoming = await storage.BeginImportAsync(session, cancellationToken).ConfigureAwait(false);
                    if (await ReadSessionAsync(session, incoming, file, cancellationToken).ConfigureAwait(false) is { } end)
                    {
                        ended++;
                        result = incoming is not null && await incoming.CompleteAsync(cancellationToken).ConfigureAwait(false)
                            ? result with
                            {
                                SessionCount = result.SessionCount + 1,
                                MessageCount = result.MessageCount + end.MessageCount,
                                FeedbackCount = result.FeedbackCount + end.FeedbackCount,
                            }
                            : result with { SkippedCount = result.SkippedCount + 1 };
                    }

                    break;
                case SessionFile.Complete:
                    CheckCount(document, SessionFile.SessionCount, ended);
                    return await file.ReadAsync(cancellationToken).ConfigureAwait(false) is null ? result : throw new FormatException("There is more behind the end of the file.");
                default:
                    throw new FormatException("It stands outside of a session.");
            }
        }
    }

    /// <summary>
    /// Reads what a session has, up to its end; null where it was deleted while it was written.
    /// </summary>
    private static async Task<(long MessageCount, long FeedbackCount)?> ReadSessionAsync(
        FiledSession session, IncomingSession? incoming, SessionFileReader file, CancellationToken cancellationToken)
    {
        var (messageCount, feedbackCount) = (0L, 0L);
        while (true)
        {
            var (kind, document) = await file.ReadAsync(cancellationToken).ConfigureAwait(false) ?? throw NotWhole();
            switch (kind)
            {
                case SessionFile.Message when feedbackCount == 0:
                    session.Check(document);
                    messageCount++;
                    await (incoming?.AddAsync(document, cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
                    break;
                case SessionFile.Feedback:
                    session.CheckFeedback(document);
                    feedbackCount++;
                    await (incoming?.AddFeedbackAsync(document, cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
                    break;
                case SessionFile.End or SessionFile.Deleted when document.GetValue(Fields.Id, BsonNull.Value) != session.Id:
                    throw new FormatException("It is the end of another session.");
                case SessionFile.End:
                    CheckCount(document, SessionFile.MessageCount, messageCount);
                    CheckCount(document, SessionFile.FeedbackCount, feedbackCount);
                    return (messageCount, feedbackCount);
                case SessionFile.Deleted:
                    return null;
                default:
                    throw new FormatException("It stands inside of a session.");
            }
        }
    }

    private static void CheckCount(BsonDocument end, string name, long count)
    {
        if (end.GetValue(name, BsonNull.Value) is not BsonInt64 { Value: var written } || written != count)
        {
            throw new FormatException($"There are {count} {name} before it, and it says another number.");
        }
    }

    private static FormatException NotWhole() => new("The file ends before its end.");
}
