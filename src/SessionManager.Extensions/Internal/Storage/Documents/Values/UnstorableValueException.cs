using System.Text.Json;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Storage.Documents.Values;

/// <summary>
/// A value that has no JSON form. Each level that it passes through on its way up adds its own part of the path, from
/// an exception filter, so that writing keeps no path while all is well.
/// </summary>
internal sealed class UnstorableValueException(string reason, Exception? inner = null) : Exception(reason, inner)
{
    private string _path = "";
    private string? _key;
    private object? _owner;

    public UnstorableValueException(Type type, Exception? inner)
        : this($"is of type {type}, which cannot be stored as JSON{(inner is JsonException ? $", for example as it is {TooDeep}" : Advice)}", inner)
    {
    }

    private static string TooDeep { get; } = $"nested more than {JsonValueWriter.MaxDepth} levels deep, or contains itself";

    private string Description => $"The value at {_path.TrimStart('.')} {Message}.";

    private static string Advice => JsonSerializer.IsReflectionEnabledByDefault ? "" : " without reflection; SerializerOptions of the session manager can know it";

    /// <summary>A value that has too many levels.</summary>
    public static UnstorableValueException ForDepth() => new($"is {TooDeep}");

    /// <summary>Puts a segment before the path; always false, as no filter means to catch.</summary>
    public bool AddParent(string segment)
    {
        _path = segment + _path;
        return false;
    }

    /// <summary>Puts a key of a map before the path; always false.</summary>
    public bool AddKey(string key)
    {
        // The outermost key inside of an owner is the name of the property.
        _key = _owner is null ? key : _key;
        return AddParent($"['{key}']");
    }

    /// <summary>Says whose additional property the value is in; always false.</summary>
    public bool AddOwner(object owner)
    {
        _owner ??= owner;
        return false;
    }

    /// <summary>What the caller gets to see of a message.</summary>
    public ArgumentException ToArgumentException(string parameterName, ChatMessage message)
    {
        return _owner is null || _key is null
            ? ToArgumentException(parameterName)
            : new UnstorablePropertyException(LogText.Escape(Description), parameterName, message, _owner, _key, InnerException);
    }

    /// <summary>What the caller gets to see.</summary>
    public ArgumentException ToArgumentException(string parameterName)
        => new(LogText.Escape(Description), parameterName, InnerException);
}
