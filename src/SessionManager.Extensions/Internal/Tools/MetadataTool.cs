using System.Text.Json;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Tools;

/// <summary>
/// The tool by which an agent manages the metadata of its session. Name, description, schema and the sentences of the
/// answers are those of the Python tool, as prompts and transcripts rely on them.
/// </summary>
internal sealed class MetadataTool : AIFunction
{
    private const string NoMetadata = "No metadata found for this session";
    private const string EmptyMetadata = "No metadata stored in session";

    // Python takes a string for the list of its characters and deletes those.
    private const string NoKeyList = "Error: keys must be a list of strings";
    private const int ShownCharacters = 100;

    private static readonly JsonElement Schema = JsonElement.Parse(
        """{"type":"object","properties":{"action":{"type":"string"},"metadata":{"type":"object"},"keys":{"type":"array"}},"required":["action"]}""");


    private readonly ISessionManager _session;
    private readonly AllowedKeys _readable;
    private readonly AllowedKeys _writable;

    /// <exception cref="ArgumentException">A key in the options is not valid.</exception>
    public MetadataTool(ISessionManager session, MetadataToolOptions? options)
    {
        _session = session;
        _readable = new AllowedKeys(options?.ReadableKeys, nameof(options));
        _writable = new AllowedKeys(options?.WritableKeys, nameof(options));
    }

    /// <inheritdoc/>
    public override string Name => "manage_metadata";

    /// <inheritdoc/>
    public override string Description => "Manage session metadata with get, set/update, or delete operations.";

    /// <inheritdoc/>
    public override JsonElement JsonSchema => Schema;

    /// <inheritdoc/>
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(arguments, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The model is to know, and may do better next time.
            return Failed(e.Message);
        }
    }

    private async Task<string> RunAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        if (GetValue(arguments, "action") is not string givenAction)
        {
            return Failed("action must be 'get', 'set', 'update', or 'delete'");
        }

        var action = givenAction.ToLowerInvariant();
        if (!TryParse(arguments, "metadata", out var metadata))
        {
            return NoJson("metadata", metadata);
        }

        if (!TryParse(arguments, "keys", out var keys))
        {
            return NoJson("keys", keys);
        }

        return action switch
        {
            "get" => await GetAsync(keys, cancellationToken).ConfigureAwait(false),
            "set" or "update" => await SetAsync(metadata, cancellationToken).ConfigureAwait(false),
            "delete" => await DeleteAsync(keys, cancellationToken).ConfigureAwait(false),
            _ => $"Error: Unknown action '{action}'. Use 'get', 'set', 'update', or 'delete'",
        };
    }

    private async Task<string> GetAsync(object? keys, CancellationToken cancellationToken)
    {
        if (!TryGetKeys(keys, out var wanted))
        {
            return NoKeyList;
        }

        if (wanted.Length == 0)
        {
            return await GetAllAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_readable.FindRefused(wanted) is { Length: > 0 } refused)
        {
            return Refused("read", refused);
        }

        string[] distinct = [.. wanted.Distinct(StringComparer.Ordinal)];
        var found = await _session.GetMetadataAsync(distinct, cancellationToken).ConfigureAwait(false);
        if (found is null)
        {
            return NoMetadata;
        }

        var present = distinct.Where(found.ContainsKey).ToDictionary(key => key, key => found[key], StringComparer.Ordinal);
        return present.Count == 0
            ? $"No metadata found for keys: {ToList(wanted)}"
            : $"Metadata retrieved: {TypedMetadata.ToJson(present)}";
    }

    private async Task<string> GetAllAsync(CancellationToken cancellationToken)
    {
        // No keys at all would ask for everything.
        if (_readable.Keys is { Count: 0 })
        {
            return EmptyMetadata;
        }

        var found = await _session.GetMetadataAsync(_readable.Keys, cancellationToken).ConfigureAwait(false);
        if (found is null)
        {
            return NoMetadata;
        }

        // A hook may have answered with more than was asked for.
        var readable = found.Where(field => _readable.Allows(field.Key)).ToDictionary(StringComparer.Ordinal);
        return readable.Count == 0 ? EmptyMetadata : $"All metadata: {TypedMetadata.ToJson(readable)}";
    }

    private async Task<string> SetAsync(object? metadata, CancellationToken cancellationToken)
    {
        if (metadata is not IReadOnlyDictionary<string, object?> { Count: > 0 } fields)
        {
            return "Error: metadata dictionary required for set/update action";
        }

        if (_writable.FindRefused(fields.Keys) is { Length: > 0 } refused)
        {
            return Refused("set", refused);
        }

        await _session.UpdateMetadataAsync(fields, cancellationToken).ConfigureAwait(false);
        return $"Successfully updated metadata fields: {ToList(fields.Keys)}";
    }

    private async Task<string> DeleteAsync(object? keys, CancellationToken cancellationToken)
    {
        if (!TryGetKeys(keys, out var unwanted))
        {
            return NoKeyList;
        }

        if (unwanted.Length == 0)
        {
            return "Error: keys list required for delete action";
        }

        if (_writable.FindRefused(unwanted) is { Length: > 0 } refused)
        {
            return Refused("delete", refused);
        }

        await _session.DeleteMetadataAsync([.. unwanted.Distinct(StringComparer.Ordinal)], cancellationToken).ConfigureAwait(false);
        return $"Successfully deleted metadata fields: {ToList(unwanted)}";
    }

    private static string Failed(string message) => $"Error managing metadata: {message}";

    private static string Refused(string verb, string[] keys) => $"Error: not allowed to {verb} metadata fields: {ToList(keys)}";

    private static string NoJson(string name, object? text) =>
        $"Error: {name} must be a valid JSON, got: {string.Concat($"{text}".EnumerateRunes().Take(ShownCharacters))}...";

    private static string ToList(IEnumerable<string> keys) => $"[{string.Join(", ", keys.Select(key => $"'{key}'"))}]";

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
            json = JsonElement.Parse(text);
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
