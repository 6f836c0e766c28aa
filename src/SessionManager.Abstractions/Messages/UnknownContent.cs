using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Represents stored content of a type that this version or process does not know. Reading a message and storing it again
/// loses nothing of it.
/// </summary>
/// <remarks>
/// <para>
/// It appears for content that a newer version or another writer of the same database stored, and for subclasses of
/// <see cref="AIContent"/> that were not registered with the serializer options. No type is ever loaded by
/// <see cref="TypeName"/>.
/// </para>
/// <para>
/// In a message it is an <see cref="AIContent"/> with the additional property <see cref="PropertyName"/>, so that it can be
/// serialized with any options that can serialize messages, and is the same content when it is deserialized and appended again.
/// </para>
/// </remarks>
public sealed class UnknownContent
{
    /// <summary>The name of the additional property that stands for the content.</summary>
    public const string PropertyName = "unknownContent";

    private UnknownContent(string typeName, JsonElement value)
    {
        TypeName = typeName;
        Value = value;
    }

    /// <summary>
    /// Gets the name of the content's type: a discriminator, the name of a content block, or the full name of a .NET
    /// type.
    /// </summary>
    /// <value>Never <see langword="null"/>.</value>
    public string TypeName { get; }

    /// <summary>Gets the content as JSON, in which binary data is base64.</summary>
    /// <value>Valid for as long as the instance.</value>
    public JsonElement Value { get; }

    /// <summary>Gets what is known of content of an unknown type.</summary>
    /// <param name="content">The content of a message.</param>
    /// <returns>The type's name and the value, or <see langword="null"/> if the content is of a known type.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="content"/> is <see langword="null"/>.</exception>
    public static UnknownContent? Get(AIContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return content.GetType() == typeof(AIContent)
            && content.AdditionalProperties?.GetValueOrDefault(PropertyName) is JsonElement { ValueKind: JsonValueKind.Object } property
            && property.TryGetProperty("type", out var type)
            && type.ValueKind == JsonValueKind.String
            && property.TryGetProperty("value", out var value)
            ? new UnknownContent(type.GetString()!, value)
            : null;
    }
}
