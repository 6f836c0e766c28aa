using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway;

/// <summary>The label by which a server tells that a write with a transaction number is worth a second attempt.</summary>
internal static class RetryableErrors
{
    private const string ErrorLabels = "errorLabels";

    // Network, shutdown and state-change errors, by MongoDB's error_codes.yml.
    private static readonly HashSet<int> Codes =
        [6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436];

    /// <summary>Adds the label where it is due. Labels that are there already, if only none, stand instead of it.</summary>
    public static BsonDocument Label(BsonDocument details, Command? command, int code) =>
        command?.Transport.TransactionNumber is not null && Codes.Contains(code) && !details.Contains(ErrorLabels)
            ? new BsonDocument(details).Add(ErrorLabels, new BsonArray { "RetryableWriteError" })
            : details;
}
