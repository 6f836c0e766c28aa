using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway.FailPoints;

/// <summary>Whose commands a fail point is about, so that tests side by side do not meet each other's.</summary>
internal sealed record FailPointScope(string? AppName, string? Namespace)
{
    public static FailPointScope Of(BsonDocument data) =>
        new(TextOf(data, "appName"), TextOf(data, "namespace"));

    public bool Contains(Command command, Peer peer) =>
        (AppName is null || AppName == peer.ApplicationName) && (Namespace is null || Namespace == command.Namespace);

    private static string? TextOf(BsonDocument data, string name) =>
        data.TryGetValue(name, out var value) ? value.AsString : null;
}
