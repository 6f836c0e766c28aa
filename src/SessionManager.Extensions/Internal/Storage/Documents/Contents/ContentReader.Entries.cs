using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <content>Documents that hold a whole content, or details of one.</content>
internal sealed partial class ContentReader
{
    /// <summary>Reads a field that is known by its name; other fields as JSON.</summary>
    public object? Field(string name) =>
        ContentType.FindField(name) is { } field && (field.Type is null || field.Type == bson.CurrentBsonType)
            ? field.Read(this)
            : JsonValueReader.ReadValue(bson);

    /// <summary>Reads a document that holds no block.</summary>
    public ContentFields Fields(string name)
    {
        var fields = new ContentFields();
        StartDocument(name);
        while (NextName(out var field))
        {
            fields[field] = Field(field);
        }

        bson.ReadEndDocument();
        return fields;
    }

    public AIContent Nested()
    {
        var start = bson.GetBookmark();
        return Whole(start, out var fields) ?? Unknown(start, fields);
    }

    public ContentEntry Entry()
    {
        var start = bson.GetBookmark();
        var content = Whole(start, out var fields);
        var index = int.CreateSaturating(fields.Number(MessageNames.Index) ?? int.MaxValue);
        return new ContentEntry(index, content, fields);
    }

    public TMap Map<TMap>(TMap map)
        where TMap : IDictionary<string, object?>
    {
        JsonValueReader.ReadMap(bson, map);
        return map;
    }

    // Other programs may have put anything into a field of the same name.
    public List<T> Documents<T>(Func<ContentReader, T> read)
    {
        var list = new List<T>();
        bson.ReadStartArray();
        while (bson.ReadBsonType() != BsonType.EndOfDocument)
        {
            if (bson.CurrentBsonType == BsonType.Document)
            {
                list.Add(read(this));
            }
            else
            {
                bson.SkipValue();
            }
        }

        bson.ReadEndArray();
        return list;
    }

    public List<string> Texts()
    {
        var list = new List<string>();
        bson.ReadStartArray();
        while (bson.ReadBsonType() != BsonType.EndOfDocument)
        {
            list.Add(JsonValueReader.ReadValue(bson) as string ?? "");
        }

        bson.ReadEndArray();
        return list;
    }

    // Null if the document has neither a type nor a block.
    private AIContent? Whole(BsonReaderBookmark start, out ContentFields fields)
    {
        fields = new ContentFields();
        var type = FindType(start);
        var content = ReadWhole(type, fields);
        if (type is not null)
        {
            content = Create(type, fields);
            if (content is null)
            {
                return Unknown(start, fields);
            }
        }

        return content is null ? null : fields.ApplyTo(content);
    }

    // What a name means depends on the type, which this library writes first, and other programs perhaps do not.
    private string? FindType(BsonReaderBookmark start)
    {
        string? type = null;
        bson.ReadStartDocument();
        while (type is null && NextName(out var name))
        {
            if (name == MessageNames.Type && bson.CurrentBsonType == BsonType.String)
            {
                type = bson.ReadString();
            }
            else
            {
                bson.SkipValue();
            }
        }

        bson.ReturnToBookmark(start);
        return type;
    }

    // Fields of a type that is unknown are left alone, whatever their names.
    private AIContent? ReadWhole(string? type, ContentFields fields)
    {
        var isKnown = type is null || ContentType.Find(type) is not null || registered.Contains(type);
        AIContent? content = null;
        bson.ReadStartDocument();
        while (NextName(out var name))
        {
            if (type is null && ContentBlock.Find(name) is { } block)
            {
                content = block.Read(this, name);
            }
            else if (isKnown || ContentFields.IsCommon(name))
            {
                fields[name] = Field(name);
            }
            else
            {
                fields[name] = null;
                bson.SkipValue();
            }
        }

        bson.ReadEndDocument();
        return content;
    }

    private AIContent? Create(string type, ContentFields fields)
    {
        try
        {
            return ContentType.Find(type) is { } known ? known.Read(fields) : registered.TryRead(type, fields.Element(MessageNames.Value));
        }
        catch (ArgumentException)
        {
            // A field holds what the content's constructor does not accept.
            return null;
        }
    }

    private AIContent Unknown(BsonReaderBookmark start, ContentFields fields)
    {
        // Read once more, as BSON: only so is it written again byte for byte.
        bson.ReturnToBookmark(start);
        return fields.ApplyTo(UnknownBlock.ReadWhole(this));
    }
}
