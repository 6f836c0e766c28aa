using System.Globalization;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents.Values;

internal static partial class MetadataValues
{
    /// <summary>
    /// Converts a stored value of any type and writer. Never throws.
    /// </summary>
    public static object? FromBson(BsonValue value) => value switch
    {
        BsonString text => text.Value,
        BsonBoolean flag => flag.Value,
        BsonInt32 number => number.Value,
        BsonInt64 number => number.Value,
        BsonDouble number => number.Value,
        BsonDecimal128 number => FromDecimal(number.Value),
        BsonDateTime time => FromTime(time.MillisecondsSinceEpoch),
        BsonBinaryData { SubType: BsonBinarySubType.UuidStandard } id => id.ToGuid().ToString(),
        BsonBinaryData bytes => bytes.Bytes,
        BsonDocument map => FromBson(map),
        BsonArray array => array.Select(FromBson).ToList(),
        BsonNull or BsonUndefined => null,
        BsonTimestamp timestamp => timestamp.Value,
        BsonJavaScriptWithScope code => new Dictionary<string, object?> { ["code"] = code.Code, ["scope"] = FromBson(code.Scope) },
        BsonJavaScript code => code.Code,

        // Object ids in hexadecimal, symbols, regular expressions between slashes, MinKey and MaxKey.
        _ => value.ToString(),
    };

    /// <summary>Converts a stored map with its keys.</summary>
    public static Dictionary<string, object?> FromBson(BsonDocument map)
    {
        var values = new Dictionary<string, object?>(map.ElementCount, StringComparer.Ordinal);
        foreach (var element in map)
        {
            values[BsonKeys.Decode(element.Name)] = FromBson(element.Value);
        }

        return values;
    }

    private static object FromDecimal(Decimal128 exact)
    {
        if (Decimal128.IsNaN(exact) || Decimal128.IsInfinity(exact))
        {
            return double.Parse(exact.ToString(), CultureInfo.InvariantCulture);
        }

        return BsonNumbers.TryGetDecimal(exact, out var number) ? number : exact.ToString();
    }

    private static object FromTime(long milliseconds)
    {
        var time = new BsonDateTime(milliseconds);
        return time.IsValidDateTime ? new DateTimeOffset(time.ToUniversalTime()) : milliseconds;
    }
}
