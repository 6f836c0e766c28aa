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
/// <param name="Fields">Those of its fields that are not read as JSON.</param>
internal sealed partial record ContentType(
    string Name, Type ClrType, Action<ContentWriter, AIContent> Write, Func<ContentFields, AIContent?> Read, ContentField[] Fields)
{
    private static readonly ContentType[] All = [.. Plain, .. Tools];

    private static readonly FrozenDictionary<Type, ContentType> ByClrType = All.ToFrozenDictionary(type => type.ClrType);

    private static readonly FrozenDictionary<string, ContentType> ByName
        = All.ToFrozenDictionary(type => type.Name, StringComparer.Ordinal);

    // Fails where two types read a field in different ways: it is read before the type is known to be the right one.
    private static readonly FrozenDictionary<string, ContentField> FieldsByName
        = ContentField.Common.Concat(All.SelectMany(type => type.Fields)).Distinct()
            .ToDictionary(field => field.Name, StringComparer.Ordinal).ToFrozenDictionary(StringComparer.Ordinal);

    public static ContentType? Find(Type clrType) => ByClrType.GetValueOrDefault(clrType);

    public static ContentType? Find(string name) => ByName.GetValueOrDefault(name);

    public static ContentField? FindField(string name) => FieldsByName.GetValueOrDefault(name);

    private static ContentType For<T>(string name, Action<ContentWriter, T> write, Func<ContentFields, T?> read, params ContentField[] fields)
        where T : AIContent
        => new(name, typeof(T), (writer, content) => write(writer, (T)content), read, fields);
}
