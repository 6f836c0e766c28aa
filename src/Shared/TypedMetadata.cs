using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Turns metadata into JSON and into an object, by System.Text.Json.
/// </summary>
internal static partial class TypedMetadata
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
    /// <exception cref="NotSupportedException">The options do not know the type, and JSON has no reflection.</exception>
    public static T? Read<T>(IReadOnlyDictionary<string, object?>? metadata, JsonSerializerOptions? options)
    {
        if (metadata is null)
        {
            return default;
        }

        options ??= DefaultOptions;
        try
        {
            return JsonSerializer.Deserialize<T>(ToUtf8(metadata, options).WrittenSpan, options);
        }
        catch (Exception e) when (!JsonSerializer.IsReflectionEnabledByDefault && e is NotSupportedException or InvalidOperationException)
        {
            throw new NotSupportedException(
                $"Metadata cannot be read as {typeof(T)}, as this application has JSON without reflection. Give serializerOptions whose "
                + "TypeInfoResolver knows the type, such as a JsonSerializerContext with [JsonSerializable].",
                e);
        }
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
        if (!JsonSerializer.IsReflectionEnabledByDefault)
        {
            options.TypeInfoResolver = JsonTypeInfoResolver.Combine(ValueTypes.Default, AIJsonUtilities.DefaultOptions.TypeInfoResolver);
        }

        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    // The types that metadata has values of, where JSON has no reflection.
    [JsonSerializable(typeof(IReadOnlyDictionary<string, object?>))]
    [JsonSerializable(typeof(Dictionary<string, object?>))]
    [JsonSerializable(typeof(Dictionary<string, string>))]
    [JsonSerializable(typeof(IReadOnlyList<object?>))]
    [JsonSerializable(typeof(List<object?>))]
    [JsonSerializable(typeof(object?[]))]
    [JsonSerializable(typeof(List<string>))]
    [JsonSerializable(typeof(string[]))]
    [JsonSerializable(typeof(List<int>))]
    [JsonSerializable(typeof(int[]))]
    [JsonSerializable(typeof(double[]))]
    [JsonSerializable(typeof(DateOnly))]
    [JsonSerializable(typeof(TimeOnly))]
    [JsonSerializable(typeof(TimeSpan))]
    [JsonSerializable(typeof(Uri))]
    [JsonSerializable(typeof(Version))]
    private sealed partial class ValueTypes : JsonSerializerContext;
}
