using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents.Values;

/// <summary>
/// Writes JSON values of every .NET shape as BSON. Strings, booleans, Int32, Int64, Double and Decimal have a BSON type
/// of their own; everything else is written as the JSON that <see cref="JsonSerializer"/> makes of it. JSON that BSON
/// cannot express is kept as text under <see cref="RawKey"/>, which no key of an application can be, as
/// <see cref="BsonKeys"/> escapes the percent sign.
/// </summary>
internal sealed partial class JsonValueWriter
{
    public const string RawKey = "%json";

    // Of one value, as of JSON by default. Servers refuse documents of more than 100 levels
    // (https://www.mongodb.com/docs/manual/reference/limits/); the rest is for those around a value.
    public const int MaxDepth = 64;

    // Of the document. A value that begins further inside goes on as text.
    public const int MaxBsonDepth = 64;

    private readonly JsonSerializerOptions _options;
    private readonly bool _strict;

    /// <summary>Creates a writer that makes JSON of other types by the options.</summary>
    /// <param name="options">The options.</param>
    /// <param name="strict">Refuses a number in a JSON node that JSON cannot express, such as NaN.</param>
    public JsonValueWriter(JsonSerializerOptions options, bool strict = false)
    {
        _strict = strict;
        _options = new JsonSerializerOptions(options) { MaxDepth = MaxDepth, WriteIndented = false };
        _options.MakeReadOnly(populateMissingResolver: true);
    }

    public JsonSerializerOptions Options => _options;

    public void Write(IBsonWriter writer, object? value) => Write(writer, value, writer.SerializationDepth + MaxDepth);

    private void Write(IBsonWriter writer, object? value, int end)
    {
        switch (value)
        {
            case null: writer.WriteNull(); break;
            case string text: WriteText(writer, text); break;
            case bool flag: writer.WriteBoolean(flag); break;
            case int number: writer.WriteInt32(number); break;
            case long number: writer.WriteInt64(number); break;
            case double number: writer.WriteDouble(number); break;
            // A finite one goes through JSON, whose digits are those of the float; a double made of it has others.
            case float number when !float.IsFinite(number): writer.WriteDouble(number); break;
            case decimal number: writer.WriteDecimal128(new Decimal128(number)); break;
            case BigInteger number: WriteNumber(writer, JsonElement.Parse(number.ToString(CultureInfo.InvariantCulture))); break;
            case JsonElement element: WriteElement(writer, element, end); break;
            case JsonNode node: WriteNode(writer, node, end); break;
            // Entry by entry, so that what is inside keeps its BSON type, and an error names its place.
            case Dictionary<string, object?> map: WriteMap(writer, map, end); break;
            case AdditionalPropertiesDictionary map: WriteMap(writer, map, end); break;
            case List<object?> or object?[]: WriteList(writer, (IReadOnlyList<object?>)value, end); break;
            default: WriteElement(writer, ToElement(value), end); break;
        }
    }

    public static void WriteText(IBsonWriter writer, string text)
    {
        if (Utf16.IsWellFormed(text))
        {
            writer.WriteString(text);
        }
        else
        {
            WriteRaw(writer, Utf16.ToJson(text));
        }
    }

    /// <summary>Writes a map, each value of which may have all the levels that a value can.</summary>
    public void WriteMap(IBsonWriter writer, IEnumerable<KeyValuePair<string, object?>> map) =>
        WriteMap(writer, map, writer.SerializationDepth + 1 + MaxDepth);

    private void WriteMap(IBsonWriter writer, IEnumerable<KeyValuePair<string, object?>> map, int end)
    {
        ThrowIfTooDeep(writer, end);
        if (writer.SerializationDepth >= MaxBsonDepth)
        {
            WriteRaw(writer, ToElement(new Dictionary<string, object?>(map)), end);
            return;
        }

        writer.WriteStartDocument();
        foreach (var (key, value) in map)
        {
            writer.WriteName(BsonKeys.Encode(key));
            try
            {
                Write(writer, value, end);
            }
            catch (UnstorableValueException e) when (e.AddKey(key))
            {
                throw;
            }
        }

        writer.WriteEndDocument();
    }

    /// <summary>The JSON of a value by its run-time type, as <see cref="JsonSerializer"/> makes it.</summary>
    public JsonElement ToElement(object value)
    {
        try
        {
            return JsonSerializer.SerializeToElement(value, value.GetType(), _options);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Properties and converters of the application's types may throw anything.
            var unstorable = (value as JsonValue)?.GetValue<object>() ?? value;
            throw new UnstorableValueException(unstorable.GetType(), e);
        }
    }

    private void WriteList(IBsonWriter writer, IReadOnlyList<object?> list, int end)
    {
        ThrowIfTooDeep(writer, end);
        if (writer.SerializationDepth >= MaxBsonDepth)
        {
            WriteRaw(writer, ToElement(list), end);
            return;
        }

        writer.WriteStartArray();
        for (var i = 0; i < list.Count; i++)
        {
            try
            {
                Write(writer, list[i], end);
            }
            catch (UnstorableValueException e) when (e.AddParent($"[{i}]"))
            {
                throw;
            }
        }

        writer.WriteEndArray();
    }

    private void WriteNode(IBsonWriter writer, JsonNode node, int end)
    {
        switch (node)
        {
            case JsonValue value when _strict && value.GetValue<object>() is double number && !double.IsFinite(number):
                throw new UnstorableValueException("is not a finite number, which JSON cannot express");
            // A node that was made of a .NET value gives it back in its type; one that was parsed gives a JsonElement.
            case JsonValue when node.GetValue<object>() is var value && IsPrimitive(value):
                Write(writer, value, end);
                break;
            case JsonObject map when IsUnique(map):
                WriteMap(writer, map.Select(entry => KeyValuePair.Create(entry.Key, (object?)entry.Value)), end);
                break;
            case JsonArray array:
                WriteList(writer, [.. array], end);
                break;
            default:
                WriteElement(writer, ToElement(node), end);
                break;
        }
    }

    private static bool IsPrimitive(object value)
        => value is JsonElement or string or bool or int or long or double or decimal;

    // A node parsed from JSON with a key twice says so only when it is first looked into.
    private static bool IsUnique(JsonObject map)
    {
        try
        {
            return map.Count >= 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void ThrowIfTooDeep(IBsonWriter writer, int end)
    {
        if (writer.SerializationDepth >= end)
        {
            throw UnstorableValueException.ForDepth();
        }
    }

    // What is inside of a text is not counted on its way into the document.
    private static void WriteRaw(IBsonWriter writer, JsonElement element, int end)
    {
        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(element), new JsonReaderOptions { MaxDepth = MaxDepth + 2 });
        while (reader.Read())
        {
            if (reader.CurrentDepth + writer.SerializationDepth >= end && reader.TokenType is System.Text.Json.JsonTokenType.StartObject or System.Text.Json.JsonTokenType.StartArray)
            {
                throw UnstorableValueException.ForDepth();
            }
        }

        WriteRaw(writer, element.GetRawText());
    }

    private static void WriteRaw(IBsonWriter writer, string json)
    {
        writer.WriteStartDocument();
        writer.WriteString(RawKey, json);
        writer.WriteEndDocument();
    }
}
