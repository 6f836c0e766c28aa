using System.Globalization;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents.Values;

/// <summary>
/// Reads numbers without regard to the numeric type that another writer chose, and writes them in that of the reference.
/// </summary>
internal static class BsonNumbers
{
    // The first double beyond the range of a long.
    private const double TooLarge = 9223372036854775808d;

    /// <summary>
    /// Reads a number without its fraction. What is no number, or none that a long holds, is skipped.
    /// </summary>
    public static bool TryReadInt64(IBsonReader reader, out long number)
    {
        switch (reader.CurrentBsonType)
        {
            case BsonType.Int32:
                number = reader.ReadInt32();
                return true;
            case BsonType.Int64:
                number = reader.ReadInt64();
                return true;
            case BsonType.Double:
                return TryTruncate(reader.ReadDouble(), out number);
            case BsonType.Decimal128:
                return TryTruncate(reader.ReadDecimal128(), out number);
            default:
                reader.SkipValue();
                number = 0;
                return false;
        }
    }

    /// <summary>
    /// Reads a finite number. What is none is skipped.
    /// </summary>
    public static bool TryReadDouble(IBsonReader reader, out double number)
    {
        if (reader.CurrentBsonType == BsonType.Double)
        {
            number = reader.ReadDouble();
            return double.IsFinite(number);
        }

        var isInteger = TryReadInt64(reader, out var integer);
        number = integer;
        return isInteger;
    }

    /// <inheritdoc cref="TryReadInt64(IBsonReader, out long)"/>
    public static bool TryGetInt64(BsonValue value, out long number)
    {
        switch (value)
        {
            case BsonInt32 or BsonInt64:
                number = value.ToInt64();
                return true;
            case BsonDouble real:
                return TryTruncate(real.Value, out number);
            case BsonDecimal128 exact:
                return TryTruncate(exact.Value, out number);
            default:
                number = 0;
                return false;
        }
    }

    private static bool TryTruncate(double real, out long number)
    {
        // A comparison with NaN is false.
        var fits = real is >= -TooLarge and < TooLarge;
        number = fits ? (long)real : 0;
        return fits;
    }

    private static bool TryTruncate(Decimal128 exact, out long number)
    {
        var fits = TryGetDecimal(exact, out var real) && real is >= long.MinValue and <= long.MaxValue;
        number = fits ? (long)real : 0;
        return fits;
    }

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
