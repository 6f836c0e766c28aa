using System.Globalization;
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

    /// <summary>Gets the .NET decimal that is the same number, where there is one.</summary>
    public static bool TryGetDecimal(Decimal128 exact, out decimal number)
    {
        try
        {
            number = Decimal128.ToDecimal(exact);
            return Decimal128.Compare(new Decimal128(number), exact) == 0;
        }
        catch (OverflowException)
        {
            // Beyond 79 octillions, or no number.
            number = 0;
            return false;
        }
    }

    /// <summary>The text of a number in JSON: that of the .NET decimal, else all its digits.</summary>
    public static string ToJson(Decimal128 exact) =>
        TryGetDecimal(exact, out var number) ? number.ToString(CultureInfo.InvariantCulture) : exact.ToString();

    // The reference stores integers as 32 bits where they fit.
    public static BsonValue ToBson(long value) => value is >= int.MinValue and <= int.MaxValue ? (BsonInt32)(int)value : (BsonInt64)value;
}
