using MongoDB.Bson.IO;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>
/// Writes contents. A scope that is begun is opened by the first field written in it, so that nothing is left of one
/// that turns out to be empty.
/// </summary>
internal sealed partial class ContentWriter(IBsonWriter bson, JsonValueWriter values, RegisteredContentTypes registered)
{
    // Leaves room for the levels of one content, so that its maps are still written as documents.
    private const int MaxDepth = JsonValueWriter.MaxBsonDepth - 8;
    private readonly List<(string? Name, int Index, bool IsArray)> _scopes = new(4);
    // The scopes before this index are open; those behind it have been begun and are still empty.
    private int _open;

    public IBsonWriter Bson => bson;

    /// <summary>Begins a document in a field.</summary>
    public void BeginDocument(string name) => _scopes.Add((name, 0, IsArray: false));

    /// <summary>Begins an array in a field.</summary>
    public void BeginArray(string name) => _scopes.Add((name, 0, IsArray: true));

    /// <summary>Begins a document in an array, which says the index of the content that it is about.</summary>
    public void BeginEntry(int index) => _scopes.Add((null, index, IsArray: false));

    public void End()
    {
        var last = _scopes.Count - 1;
        // A scope in which nothing was written was never opened, and leaves nothing to close.
        if (_open > last)
        {
            _open = last;
            if (_scopes[last].IsArray)
            {
                bson.WriteEndArray();
            }
            else
            {
                bson.WriteEndDocument();
            }
        }

        _scopes.RemoveAt(last);
    }

    /// <summary>Starts a field, the value of which the caller writes.</summary>
    public void Name(string name)
    {
        while (_open < _scopes.Count)
        {
            Open(_scopes[_open++]);
        }

        bson.WriteName(name);
    }

    private void Open((string? Name, int Index, bool IsArray) scope)
    {
        if (scope.Name is not null)
        {
            bson.WriteName(scope.Name);
        }

        if (scope.IsArray)
        {
            bson.WriteStartArray();
        }
        else
        {
            bson.WriteStartDocument();
        }

        if (scope.Name is null)
        {
            bson.WriteInt32(MessageNames.Index, scope.Index);
        }
    }
}
