using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Tools;

internal sealed partial class MetadataTool
{
    private static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    // Models' arguments come as JSON, as .NET values, or as JSON in a string. Here they become the same: what a later read
    // returns, which is what the hooks are to see.
    private static object? GetValue(AIFunctionArguments arguments, string name) =>
        MetadataValue.Normalize(arguments.TryGetValue(name, out var value) ? value : null, name);

    /// <summary>Gets an argument, parsed if it is a string. Returns false, and the string, where it is no JSON.</summary>
    private static bool TryParse(AIFunctionArguments arguments, string name, out object? value)
    {
        value = GetValue(arguments, name);
        if (value is not string text)
        {
            return true;
        }

        JsonElement json;
        try
        {
            json = JsonElement.Parse(text, AnyDepth);
        }
        catch (JsonException)
        {
            return false;
        }

        value = MetadataValue.Normalize(json, name);
        return true;
    }

    private static bool TryGetKeys(object? value, out string[] keys)
    {
        keys = value is IReadOnlyList<object?> items ? [.. items.OfType<string>()] : [];
        return value is null || (value is IReadOnlyList<object?> all && all.Count == keys.Length);
    }
}
