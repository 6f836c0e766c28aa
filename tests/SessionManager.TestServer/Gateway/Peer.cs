using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway;

/// <summary>The client at the other end of a connection.</summary>
internal sealed class Peer(int connectionId, string address)
{
    public int ConnectionId => connectionId;

    public string Address => address;

    /// <summary>Gets the application's name, if the client has given it in its handshake.</summary>
    public string? ApplicationName { get; private set; }

    /// <summary>Notes what a client says about itself.</summary>
    public void Meet(Command command)
    {
        if (command.Name is "hello" or "isMaster" or "ismaster"
            && command.ToDocument().GetValue("client", BsonNull.Value) is BsonDocument client
            && client.GetValue("application", BsonNull.Value) is BsonDocument application)
        {
            ApplicationName = application.GetValue("name", BsonNull.Value) is BsonString name ? name.Value : null;
        }
    }
}
