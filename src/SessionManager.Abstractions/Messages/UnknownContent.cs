using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Represents stored content of a type that this version or process does not know. It is kept in place of that
/// content, so that reading a message and storing it again loses nothing.
/// </summary>
/// <remarks>
/// It appears for content that a newer version or another writer of the same database stored, and for subclasses of
/// <see cref="AIContent"/> that were not registered with the serializer options. No type is ever loaded by
/// <see cref="TypeName"/>.
/// </remarks>
/// <param name="typeName">The name of the content's type.</param>
/// <param name="value">The content as JSON.</param>
/// <exception cref="ArgumentNullException"><paramref name="typeName"/> is <see langword="null"/>.</exception>
public sealed class UnknownContent(string typeName, JsonElement value) : AIContent
{
    /// <summary>
    /// Gets the name of the content's type: a discriminator, the name of a content block, or the full name of a .NET
    /// type.
    /// </summary>
    /// <value>Never <see langword="null"/>.</value>
    public string TypeName { get; } = typeName ?? throw new ArgumentNullException(nameof(typeName));

    /// <summary>Gets the content as JSON, in which binary data is base64.</summary>
    /// <value>Valid for as long as the instance.</value>
    public JsonElement Value { get; } = value;
}
