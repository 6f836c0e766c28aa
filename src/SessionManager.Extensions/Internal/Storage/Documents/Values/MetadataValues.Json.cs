using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MongoDB.Bson;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents.Values;

internal static partial class MetadataValues
{
    private static BsonValue ConvertJson(JsonElement json, int depth) => json.ValueKind switch
    {
        JsonValueKind.Object => ConvertMap(ToEntries(json), typeof(object), depth),
        JsonValueKind.Array => ConvertArray(json.EnumerateArray(), typeof(object), depth),
        JsonValueKind.String => ConvertText(Utf16.FromJson(json.GetRawText())),
        JsonValueKind.Number => ConvertNumber(json),
        JsonValueKind.True => BsonBoolean.True,
        JsonValueKind.False => BsonBoolean.False,
        JsonValueKind.Null => BsonNull.Value,
        _ => throw new UnstorableValueException("is a JsonElement without a value"),
    };

    private static BsonValue ConvertJson(JsonNode json, int depth) => json switch
    {
        JsonObject map => ConvertMap(ToEntries(map), typeof(object), depth),
        JsonArray array => ConvertArray(array, typeof(object), depth),
        _ => Convert(json.GetValue<object>(), typeof(object), depth),
    };

    private static IEnumerable<KeyValuePair<string, object?>> ToEntries(JsonElement map)
    {
        foreach (var property in map.EnumerateObject())
        {
            yield return new(ToName(property), property.Value);
        }
    }

    private static string ToName(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException e)
        {
            // An escaped lone surrogate, "\ud800": valid JSON, but no valid text.
            throw new UnstorableValueException("has a key with half of a surrogate pair", e);
        }
    }

    private static IEnumerable<KeyValuePair<string, object?>> ToEntries(JsonObject map)
    {
        try
        {
            return map.Select(entry => KeyValuePair.Create(entry.Key, (object?)entry.Value)).ToArray();
        }
        catch (ArgumentException)
        {
            // Parsed from JSON that has a key twice: its text says more than the node does.
            return ToEntries(JsonElement.Parse(map.ToJsonString()));
        }
    }

    // The number counts here, and not how it is written: 1.0 and 1e2 are found by what people would look for.
    private static BsonValue ConvertNumber(JsonElement number)
    {
        if (JsonValueWriter.TryGetInteger(number, out var integer))
        {
            return BsonNumbers.ToBson(integer);
        }

        var hasDouble = number.TryGetDouble(out var nearest) && double.IsFinite(nearest);
        if (hasDouble && IsSame(number, nearest))
        {
            return new BsonDouble(nearest);
        }

        // Parsing fails where it would have to round.
        return Decimal128.TryParse(number.GetRawText(), out var exact) ? new BsonDecimal128(exact)
            : hasDouble ? new BsonDouble(nearest)
            : throw new UnstorableValueException("is a number beyond the range of Decimal128");
    }

    private static bool IsSame(JsonElement number, double real)
    {
        try
        {
            return JsonElement.DeepEquals(number, JsonElement.Parse(real.ToString(CultureInfo.InvariantCulture)));
        }
        catch (ArgumentOutOfRangeException)
        {
            // An exponent that not even the comparison can hold.
            return false;
        }
    }
}
