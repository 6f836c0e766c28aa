using MongoDB.Bson;

namespace SessionManager.TestServer.Gateway.FailPoints;

/// <summary>When a fail point acts: always, for the next commands that it is about, or after them.</summary>
internal readonly record struct FailPointMode(long Skip, long Times)
{
    public static FailPointMode AlwaysOn => new(0, long.MaxValue);

    /// <summary>Reads a mode; <see langword="null"/> is off.</summary>
    public static FailPointMode? Parse(BsonValue mode) => mode switch
    {
        BsonString { Value: "off" } => null,
        BsonString { Value: "alwaysOn" } => AlwaysOn,
        BsonDocument { ElementCount: 1 } document when document.GetElement(0) is { Value: { IsNumeric: true } number } element
            && number.ToInt64() >= 0 => element.Name switch
        {
            "times" => new FailPointMode(0, number.ToInt64()),
            "skip" => new FailPointMode(number.ToInt64(), long.MaxValue),
            _ => throw Unknown(mode),
        },
        _ => throw Unknown(mode),
    };

    private static CommandException Unknown(BsonValue mode) => new(
        MongoError.BadValue, $"unknown fail point mode: {mode}; it is 'off', 'alwaysOn', {{times: n}} or {{skip: n}}");
}
