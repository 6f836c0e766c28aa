using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>
/// The content types that the application added to its serializer options. They are stored as their JSON, under their
/// discriminator. No other type is ever created from a stored name.
/// </summary>
internal sealed class RegisteredContentTypes
{
    private readonly Dictionary<Type, string> _names = [];
    private readonly Dictionary<string, Type> _types = new(StringComparer.Ordinal);
    private readonly JsonSerializerOptions _options;

    public RegisteredContentTypes(JsonSerializerOptions options)
    {
        _options = options;
        options.TryGetTypeInfo(typeof(AIContent), out var contents);
        foreach (var derived in contents?.PolymorphismOptions?.DerivedTypes ?? [])
        {
            // Microsoft.Extensions.AI registers its own types there as well. They have their own form here.
            if (derived.TypeDiscriminator is string name && ContentType.Find(name) is null)
            {
                _names[derived.DerivedType] = name;
                _types[name] = derived.DerivedType;
            }
        }
    }

    /// <summary>The name that content of the type is stored under.</summary>
    public string GetName(Type type) => _names.TryGetValue(type, out var name) ? name : type.FullName ?? type.Name;

    public bool Contains(string name) => _types.ContainsKey(name);

    /// <summary>Returns content of a registered type, or null.</summary>
    public AIContent? TryRead(string name, JsonElement? value)
    {
        if (value is null || !_types.TryGetValue(name, out var type))
        {
            return null;
        }

        try
        {
            return value.Value.Deserialize(type, _options) as AIContent;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            // The type has changed since; what is stored is kept.
            return null;
        }
    }
}
