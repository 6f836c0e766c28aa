using System.Collections.Frozen;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>
/// How content of a type that the Converse format has no block for is stored: its name, which is also that of its JSON,
/// and its fields.
/// </summary>
/// <param name="Name">The value of the field that tells the type.</param>
/// <param name="ClrType">The exact type.</param>
/// <param name="Write">Writes the fields.</param>
/// <param name="Read">Creates the content, or returns null if a field that it needs is missing.</param>
internal sealed partial record ContentType(
    string Name, Type ClrType, Action<ContentWriter, AIContent> Write, Func<ContentFields, AIContent?> Read)
{
    private static readonly FrozenDictionary<Type, ContentType> ByClrType
        = Plain.Concat(Tools).ToFrozenDictionary(type => type.ClrType);

    private static readonly FrozenDictionary<string, ContentType> ByName
        = Plain.Concat(Tools).ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    public static ContentType? Find(Type clrType) => ByClrType.GetValueOrDefault(clrType);

    public static ContentType? Find(string name) => ByName.GetValueOrDefault(name);

    private static ContentType For<T>(string name, Action<ContentWriter, T> write, Func<ContentFields, T?> read)
        where T : AIContent
        => new(name, typeof(T), (writer, content) => write(writer, (T)content), read);
}
