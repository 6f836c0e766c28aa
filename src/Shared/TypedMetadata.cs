using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Turns metadata into JSON and into an object, by System.Text.Json.
/// </summary>
internal static class TypedMetadata
{
    private static readonly JsonWriterOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = int.MaxValue,
        SkipValidation = true,
    };

    /// <summary>
    /// Gets the web defaults, and beyond them enums by name and NaN and the infinities as strings. Objects given as
    /// metadata are taken apart with the same options, so that they can be put together again.
    /// </summary>
    public static JsonSerializerOptions DefaultOptions { get; } = CreateDefaultOptions();

    /// <summary>Reads metadata of the supported value types.</summary>
    /// <exception cref="JsonException">The metadata does not fit the type.</exception>
    public static T? Read<T>(IReadOnlyDictionary<string, object?>? metadata, JsonSerializerOptions? options)
    {
        if (metadata is null)
        {
            return default;
        }

        options ??= DefaultOptions;
        return JsonSerializer.Deserialize<T>(ToUtf8(metadata, options).WrittenSpan, options);
    }

    /// <summary>Writes metadata of the supported value types.</summary>
    public static string ToJson(IReadOnlyDictionary<string, object?> metadata) =>
        Encoding.UTF8.GetString(ToUtf8(metadata, DefaultOptions).WrittenSpan);

    private static ArrayBufferWriter<byte> ToUtf8(IReadOnlyDictionary<string, object?> metadata, JsonSerializerOptions options)
    {
        var utf8 = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(utf8, Compact);
        WriteMap(json, metadata, options);
        json.Flush();
        return utf8;
    }

    private static void WriteMap(Utf8JsonWriter json, IReadOnlyDictionary<string, object?> map, JsonSerializerOptions options)
    {
        json.WriteStartObject();
        foreach (var (key, value) in map)
        {
            json.WritePropertyName(key);
            Write(json, value, options);
        }

        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, IReadOnlyList<object?> list, JsonSerializerOptions options)
    {
        json.WriteStartArray();
        foreach (var item in list)
        {
            Write(json, item, options);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, object? value, JsonSerializerOptions options)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case string text: json.WriteStringValue(text); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int number: json.WriteNumberValue(number); break;
            case long number: json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            case double number: json.WriteStringValue(number.ToString(CultureInfo.InvariantCulture)); break;
            case decimal number: json.WriteNumberValue(number); break;

            // With a Z, a DateTime is read as UTC, and not as local time.
            case DateTimeOffset time: json.WriteStringValue(time.UtcDateTime); break;
            case byte[] bytes: json.WriteBase64StringValue(bytes); break;
            case IReadOnlyDictionary<string, object?> map: WriteMap(json, map, options); break;
            case IReadOnlyList<object?> list: WriteList(json, list, options); break;

            // Put there by a hook.
            default: JsonSerializer.Serialize(json, value, value.GetType(), options); break;
        }
    }

    private static JsonSerializerOptions CreateDefaultOptions()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };
        options.NumberHandling |= JsonNumberHandling.AllowNamedFloatingPointLiterals;

        // As deep as MongoDB goes.
        options.MaxDepth = 100;
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
