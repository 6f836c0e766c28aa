using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents.Values;

/// <summary>
/// Reads numbers without regard to the numeric type that another writer chose, and writes them in that of the reference.
/// </summary>
internal static class BsonNumbers
{
    public static long ReadInt64(IBsonReader reader) => reader.CurrentBsonType switch
    {
        BsonType.Int32 => reader.ReadInt32(),
        BsonType.Int64 => reader.ReadInt64(),
        BsonType.Double => (long)reader.ReadDouble(),
        BsonType.Decimal128 => (long)Decimal128.ToDecimal(reader.ReadDecimal128()),
        _ => throw new FormatException($"A number was expected, not a {reader.CurrentBsonType}."),
    };

    public static double ReadDouble(IBsonReader reader) =>
        reader.CurrentBsonType == BsonType.Double ? reader.ReadDouble() : ReadInt64(reader);

    // The reference stores integers as 32 bits where they fit.
    public static BsonValue ToBson(long value) => value is >= int.MinValue and <= int.MaxValue ? (BsonInt32)(int)value : (BsonInt64)value;
}
