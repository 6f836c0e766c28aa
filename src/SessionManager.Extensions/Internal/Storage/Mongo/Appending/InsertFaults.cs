using System.Collections.Frozen;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Internal.Storage.Mongo.Appending;

/// <summary>
/// Tells after which faults of an insert it is sent again: its messages may be stored or not, and their append ids tell.
/// </summary>
internal static class InsertFaults
{
    /// <summary>
    /// The server gave up an insert for another one. MongoDB tries again by itself, DocumentDB does not.
    /// </summary>
    public const int WriteConflict = 112;

    private const string RetryableLabel = "RetryableWriteError";

    // Those that the driver sends a write again for, where it may, and that of a router which finds no primary
    // (https://github.com/mongodb/specifications/blob/master/source/retryable-writes/retryable-writes.md#determining-retryable-errors).
    private static readonly FrozenSet<int> Codes =
        FrozenSet.Create(6, 7, 89, 91, 133, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436);

    /// <summary>
    /// Tells whether an insert of whatever messages would have failed just so.
    /// </summary>
    public static bool IsInterruption(MongoException exception) => exception switch
    {
        // It never carried anything, and would be refused again.
        MongoAuthenticationException => false,
        MongoConnectionException or MongoConnectionPoolPausedException => true,
        // Of a command that ends well, and of whose code the exception has none.
        MongoWriteConcernException concern when FindConcernCode(concern) is { } code && Codes.Contains(code) => true,
        MongoCommandException command => Codes.Contains(command.Code) || command.HasErrorLabel(RetryableLabel),
        _ => exception.HasErrorLabel(RetryableLabel),
    };

    /// <summary>
    /// Tells whether the server was about to stop, or to become another one.
    /// </summary>
    public static bool IsInterruption(InsertOutcome outcome) =>
        (outcome.Error is { } error && Codes.Contains(error.Code)) || (outcome.ConcernError is { } concern && Codes.Contains(concern.Code));

    private static int? FindConcernCode(MongoWriteConcernException exception) =>
        exception.Result is { } reply
        && reply.GetValue("writeConcernError", BsonNull.Value) is BsonDocument error
        && error.GetValue("code", BsonNull.Value) is { IsNumeric: true } code
            ? code.ToInt32()
            : null;
}
