using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using MongoDB.Bson;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents.Values;

/// <summary>
/// Converts values between .NET and BSON for metadata, the further fields of feedback and prompt metadata: to the BSON
/// types that queries by MongoDB's own tools expect.
/// </summary>
internal static partial class MetadataValues
{
    /// <summary>Converts a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="location">Where the caller gave it: an argument, such as <c>metadata['customer']</c>.</param>
    /// <exception cref="ArgumentException">The value, or one inside it, cannot be stored.</exception>
    public static BsonValue ToBson(object? value, string location)
    {
        try
        {
            return Convert(value, typeof(object), depth: 0);
        }
        catch (UnstorableValueException e)
        {
            throw ToArgumentException(e, location);
        }
    }

    /// <summary>Converts a map, whose keys may be any strings.</summary>
    /// <inheritdoc cref="ToBson(object?, string)"/>
    public static BsonDocument ToBson(IReadOnlyDictionary<string, object?> map, string location)
    {
        try
        {
            return ConvertMap(map, typeof(object), depth: 0);
        }
        catch (UnstorableValueException e)
        {
            throw ToArgumentException(e, location);
        }
    }

    private static BsonValue Convert(object? value, Type declaredType, int depth) => value switch
    {
        null or DBNull => BsonNull.Value,
        string text => ConvertText(text),
        char text => ConvertText(text.ToString()),
        bool flag => flag ? BsonBoolean.True : BsonBoolean.False,
        int number => new BsonInt32(number),
        sbyte or byte or short or ushort => new BsonInt32(((IConvertible)value).ToInt32(null)),
        long number => new BsonInt64(number),
        uint number => new BsonInt64(number),
        nint number => new BsonInt64(number),
        ulong or nuint or Int128 or UInt128 or BigInteger => ConvertInteger(value),
        double number => new BsonDouble(number),
        float number => new BsonDouble(number),
        Half number => new BsonDouble((double)number),
        decimal number => new BsonDecimal128(new Decimal128(number)),
        DateTime time => ConvertTime(ToOffset(time)),
        DateTimeOffset time => ConvertTime(time),
        Guid id => new BsonString(id.ToString()),
        byte[] bytes => new BsonBinaryData([.. bytes]),
        ReadOnlyMemory<byte> bytes => new BsonBinaryData(bytes.ToArray()),
        Memory<byte> bytes => new BsonBinaryData(bytes.ToArray()),
        ArraySegment<byte> bytes => new BsonBinaryData([.. bytes]),
        JsonElement json => ConvertJson(json, depth),
        JsonDocument json => ConvertJson(json.RootElement, depth),
        JsonNode json => ConvertJson(json, depth),
        BsonValue bson => ConvertBson(bson, depth),
        ObjectId id => new BsonObjectId(id),
        Decimal128 number => new BsonDecimal128(number),
        _ => ConvertObject(value, declaredType, depth),
    };

    private static BsonString ConvertText(string text) =>
        Utf16.IsWellFormed(text) ? new BsonString(text) : throw new UnstorableValueException("contains half of a surrogate pair");

    private static BsonValue ConvertInteger(object value)
    {
        var number = value switch
        {
            ulong integer => integer,
            nuint integer => integer,
            Int128 integer => integer,
            UInt128 integer => integer,
            _ => (BigInteger)value,
        };
        if (long.MinValue <= number && number <= long.MaxValue)
        {
            return new BsonInt64((long)number);
        }

        // Parsing fails where it would have to round.
        return Decimal128.TryParse(number.ToString(CultureInfo.InvariantCulture), out var exact)
            ? new BsonDecimal128(exact)
            : throw new UnstorableValueException($"is of type {value.GetType()} and has more digits than Decimal128 holds");
    }

    // A time without a zone is taken as UTC, as MongoDB's own tools do.
    private static DateTimeOffset ToOffset(DateTime time) =>
        new(time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : DateTime.SpecifyKind(time, DateTimeKind.Utc));

    private static BsonDateTime ConvertTime(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    private static BsonValue ConvertBson(BsonValue value, int depth) => value switch
    {
        BsonString text => ConvertText(text.Value),
        BsonArray array => ConvertArray(array, typeof(object), depth),
        BsonDocument document => ConvertMap(document.ToDictionary(element => element.Name, object? (element) => element.Value), typeof(object), depth),
        _ => value,
    };

    private static ArgumentException ToArgumentException(UnstorableValueException e, string location)
    {
        e.AddParent(location);
        var end = location.AsSpan().IndexOfAny('[', '.');
        return e.ToArgumentException(end < 0 ? location : location[..end]);
    }
}
