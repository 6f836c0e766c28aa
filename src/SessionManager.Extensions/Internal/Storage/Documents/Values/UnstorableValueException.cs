namespace SessionManager.Internal.Storage.Documents.Values;

/// <summary>
/// A value that has no JSON form. Each level that it passes through on its way up adds its own part of the path, from
/// an exception filter, so that writing keeps no path while all is well.
/// </summary>
internal sealed class UnstorableValueException(string reason, Exception? inner = null) : Exception(reason, inner)
{
    private string _path = "";

    public UnstorableValueException(Type type, Exception? inner)
        : this($"is of type {type}, which cannot be stored as JSON", inner)
    {
    }

    /// <summary>Puts a segment before the path; always false, as no filter means to catch.</summary>
    public bool AddParent(string segment)
    {
        _path = segment + _path;
        return false;
    }

    /// <summary>What the caller gets to see.</summary>
    public ArgumentException ToArgumentException(string parameterName)
        => new($"The value at {_path.TrimStart('.')} {Message}.", parameterName, InnerException);
}
