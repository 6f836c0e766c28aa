using System.Text;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Internal;

/// <summary>
/// Brings one session over.
/// </summary>
internal sealed class SessionMigrator(TargetSessions target, SessionVerifier verifier, PythonMigrationOptions options)
{
    private const int DocumentTooLarge = 10334;

    /// <summary>
    /// Brings a session over, unless it is there.
    /// </summary>
    /// <param name="source">The document of Python's.</param>
    /// <param name="targetId">The id that it gets in the target; null where it can have none.</param>
    /// <param name="fault">Why it can have none.</param>
    /// <param name="migratedHash">The hash of what the target was made of, or null.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<PythonMigrationResult> MigrateAsync(
        RawBsonDocument source, string? targetId, string? fault, string? migratedHash, CancellationToken cancellationToken)
    {
        var sessionId = source[Names.Id].AsString;
        if (IsOwn(source))
        {
            return ToResult(sessionId, PythonMigrationOutcome.NotPython, "It is a session of this library's.");
        }

        var hash = SessionMapper.Hash(source, options.KeepViewerPassword);
        if (hash == migratedHash)
        {
            return ToResult(sessionId, PythonMigrationOutcome.Unchanged);
        }

        if (targetId is null)
        {
            return ToResult(sessionId, PythonMigrationOutcome.Failed, fault);
        }

        try
        {
            return await BringOverAsync(source, sessionId, targetId, hash, cancellationToken).ConfigureAwait(false);
        }
        catch (TargetConflictException exception)
        {
            return ToResult(sessionId, PythonMigrationOutcome.Conflict, exception.Message);
        }
        catch (Exception exception) when (GetFault(exception) is { } reason)
        {
            return ToResult(sessionId, PythonMigrationOutcome.Failed, reason);
        }
    }

    private async Task<PythonMigrationResult> BringOverAsync(
        RawBsonDocument source, string sessionId, string targetId, string hash, CancellationToken cancellationToken)
    {
        var mapper = new SessionMapper(source, targetId, options.KeepViewerPassword);
        var state = await target.ReadAsync(targetId, cancellationToken).ConfigureAwait(false);
        var result = ToResult(sessionId, state.Session is null ? PythonMigrationOutcome.Migrated : PythonMigrationOutcome.Updated) with
        {
            MessageCount = mapper.MessageCount,
        };
        if (options.DryRun)
        {
            // As if it were written, for its findings.
            var count = TargetSessions.CountWrites(mapper, state);
            _ = mapper.Feedback;
            mapper.MapSession();
            return result with { WrittenMessageCount = count, Findings = mapper.Findings };
        }

        var written = await target.WriteAsync(mapper, hash, state, cancellationToken).ConfigureAwait(false);
        result = result with { WrittenMessageCount = written, Findings = mapper.Findings };
        if (!options.Verify)
        {
            return result;
        }

        var difference = await verifier.FindDifferenceAsync(sessionId, targetId, hash, cancellationToken).ConfigureAwait(false);
        return difference.IsCurrent
            ? result with { IsVerified = difference.Path is null, Outcome = difference.Path is null ? result.Outcome : PythonMigrationOutcome.Failed, Reason = difference.Reason }
            : result;
    }

    // Those of the first releases have no version, but what no document of Python's has.
    private static bool IsOwn(RawBsonDocument source) =>
        source.Contains(Names.SchemaVersion)
        || (!TargetLayout.IsPython(source)
            && RawBson.Find<RawBsonDocument>(source, Names.Agents)?.Values.Any(static agent => agent is RawBsonDocument one && one.Contains(Names.CapturedConfig)) == true);

    // What the data of this session are to blame for. A server that is away, or that refuses commands, concerns all of them, and ends the
    // pass. The server's own text may quote what is stored.
    private static string? GetFault(Exception exception) => exception switch
    {
        MongoBulkWriteException<RawBsonDocument> { WriteErrors: [var error, ..] } => $"The server refused a document with error {error.Code}.",
        MongoWriteException { WriteError: { } error } => $"The server refused the session with error {error.Code}.",
        MongoCommandException { Code: DocumentTooLarge } => "Something in it is too large for a document of its own.",
        // A text that is no UTF-8; a message that has no room beside the ids that stand with it here.
        FormatException or BsonException or DecoderFallbackException => "Something in it cannot be read as BSON, or is too large for a document of its own.",
        _ => null,
    };

    private static PythonMigrationResult ToResult(string sessionId, PythonMigrationOutcome outcome, string? reason = null) =>
        new() { SessionId = sessionId, Outcome = outcome, Reason = reason };
}
