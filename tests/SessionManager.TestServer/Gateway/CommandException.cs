using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway;

/// <summary>Thrown for a command that fails as a whole; the client is told the code and the message.</summary>
internal sealed class CommandException(int code, string message) : Exception(message)
{
    public int Code => code;

    /// <summary>Gets what else the client is told.</summary>
    public BsonDocument Details { get; init; } = [];
}
