using System.Text;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents.Values;

/// <summary>Decodes known element names to one shared string each. Holds no state, unlike the driver's trie.</summary>
internal sealed class NameTable : INameDecoder
{
    private readonly (byte[] Utf8, string Name)[][] _namesByLength;

    public NameTable(params string[] names)
    {
        var byLength = names.ToLookup(name => name.Length, name => (Encoding.UTF8.GetBytes(name), name));
        var lengths = Enumerable.Range(0, names.Max(name => name.Length) + 1);
        _namesByLength = [.. lengths.Select(length => byLength[length].ToArray())];
    }

    public string Decode(BsonStream stream, UTF8Encoding encoding)
    {
        ReadOnlySpan<byte> utf8 = stream.ReadCStringBytes();
        if (utf8.Length < _namesByLength.Length)
        {
            foreach (var known in _namesByLength[utf8.Length])
            {
                if (utf8.SequenceEqual(known.Utf8))
                {
                    return known.Name;
                }
            }
        }

        return encoding.GetString(utf8);
    }

    public void Inform(string name)
    {
        // For readers that have the name already.
    }
}
