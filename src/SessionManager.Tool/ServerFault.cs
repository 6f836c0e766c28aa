using System.Text;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Tool;

/// <summary>
/// Says in one line what a server's or the driver's exception means. Their own texts may quote what is stored, and the connection string.
/// </summary>
internal static class ServerFault
{
    /// <summary>
    /// Tells whether the same call may succeed in a moment: a server was away, or another one takes over.
    /// </summary>
    public static bool IsTransient(Exception exception) =>
        exception is MongoConnectionException or MongoNotPrimaryException or MongoNodeIsRecoveringException or TimeoutException;

    /// <summary>
    /// Describes an exception that is the server's or the way to it, or null.
    /// </summary>
    public static string? Describe(Exception exception) => exception switch
    {
        TimeoutException => "No server answered in time. Is it running, and does the connection string name it?",
        MongoAuthenticationException => "The server refused the login. Are user, password and authSource of the connection string right?",
        MongoConnectionException => "The connection to the server failed or was lost.",
        MongoCommandException command => $"The server refused a command: {command.CodeName ?? "error"} ({command.Code}).",
        MongoWriteException { WriteError: { } error } => $"The server refused a write: error {error.Code}.",
        MongoException => $"The server or the driver failed: {exception.GetType().Name}.",
        BsonException or FormatException or DecoderFallbackException => "A stored document cannot be read as BSON. session-manager doctor may tell which.",
        _ => null,
    };
}
