using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>
/// The fields of a stored content, each read by its name, in whatever order they came. A field of another type than
/// expected comes from another writer and counts as missing.
/// </summary>
internal sealed class ContentFields
{
    private readonly Dictionary<string, object?> _fields = new(StringComparer.Ordinal);

    public object? this[string name]
    {
        set => _fields[name] = value;
    }

    public bool Has(string name) => _fields.ContainsKey(name);

    /// <summary>Whether content of every type may have the field.</summary>
    public static bool IsCommon(string name) => name is MessageNames.Type or MessageNames.Value or MessageNames.Index
        or MessageNames.Annotations or MessageNames.AdditionalProperties;

    public T? Get<T>(string name)
        where T : class
        => _fields.GetValueOrDefault(name) as T;

    public string? Text(string name) => Get<string>(name);

    public JsonElement? Element(string name) => _fields.GetValueOrDefault(name) as JsonElement?;

    public bool? Flag(string name) => _fields.GetValueOrDefault(name) as bool?;

    public long? Number(string name) => ToNumber(_fields.GetValueOrDefault(name));

    public DateTimeOffset? Date(string name)
        => DateTimeOffset.TryParse(Text(name), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var date)
            ? date
            : null;

    public Uri? Uri(string name)
        => System.Uri.TryCreate(Text(name), UriKind.RelativeOrAbsolute, out var uri) ? uri : null;

    /// <summary>The exception whose message was stored; of an exception nothing else is kept.</summary>
    public Exception? Exception()
        => Text(MessageNames.Exception) is { } message ? new InvalidOperationException(message) : null;

    /// <summary>A map whose values are whole numbers.</summary>
    public AdditionalPropertiesDictionary<long>? Counts(string name)
    {
        if (Get<AdditionalPropertiesDictionary>(name) is not { } map)
        {
            return null;
        }

        var counts = new AdditionalPropertiesDictionary<long>();
        foreach (var (key, value) in map)
        {
            if (ToNumber(value) is { } count)
            {
                counts[key] = count;
            }
        }

        return counts;
    }

    /// <summary>Completes content that was read from a block; returns it or what replaces it.</summary>
    public AIContent ApplyTo(AIContent content)
    {
        content = ContentBlock.For(content, inToolResult: false)?.Apply(content, this) ?? content;
        content.Annotations = Get<List<AIAnnotation>>(MessageNames.Annotations) ?? content.Annotations;
        if (Get<AdditionalPropertiesDictionary>(MessageNames.AdditionalProperties) is { } properties)
        {
            // Unknown content is a property itself.
            foreach (var (name, value) in content.AdditionalProperties ?? [])
            {
                properties[name] = value;
            }

            content.AdditionalProperties = properties;
        }

        return content;
    }

    // Other writers, Python's among them, have their own idea of which number type to use.
    private static long? ToNumber(object? value) => value switch
    {
        int number => number,
        long number => number,
        double number when long.CreateSaturating(number) is var whole && whole == number => whole,
        decimal number when decimal.Truncate(number) == number && number is >= long.MinValue and <= long.MaxValue => (long)number,
        _ => null,
    };
}
