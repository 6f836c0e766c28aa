using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>Reads contents from the driver's reader as it goes along.</summary>
internal sealed partial class ContentReader(IBsonReader bson, RegisteredContentTypes registered)
{
    public IBsonReader Bson => bson;

    public static FormatException Missing(string name, string field) => new($"A stored '{name}' has no '{field}'.");

    /// <summary>Moves to the next field of the open document; false at its end.</summary>
    public bool NextName(out string name)
    {
        if (bson.ReadBsonType() == BsonType.EndOfDocument)
        {
            name = "";
            return false;
        }

        name = bson.ReadName(MessageNames.Table);
        return true;
    }

    public void StartDocument(string name)
    {
        Expect(BsonType.Document, name);
        bson.ReadStartDocument();
    }

    public string Text(string name)
    {
        Expect(BsonType.String, name);
        return bson.ReadString();
    }

    /// <summary>Reads an array of blocks.</summary>
    public List<AIContent> Blocks(string name)
    {
        Expect(BsonType.Array, name);
        var contents = new List<AIContent>(1);
        bson.ReadStartArray();
        while (bson.ReadBsonType() != BsonType.EndOfDocument)
        {
            contents.Add(Block());
        }

        bson.ReadEndArray();
        return contents;
    }

    /// <summary>Reads a document that is one block; blocks of a place of their own are read by the caller.</summary>
    public AIContent Block(Func<ContentReader, string, AIContent?>? readOwn = null)
    {
        StartDocument("block");
        AIContent? content = null;
        while (NextName(out var name))
        {
            if (content is null)
            {
                content = readOwn?.Invoke(this, name)
                    ?? ContentBlock.Find(name)?.Read(this, name)
                    ?? UnknownBlock.ReadElement(this, name);
            }
            // A block has one element. Where there are more, an unknown block keeps all, a known one its own.
            else if (UnknownBlock.TryAdd(content, this, name) is { } whole)
            {
                content = whole;
            }
            else
            {
                bson.SkipValue();
            }
        }

        bson.ReadEndDocument();
        return content ?? throw new FormatException("A stored block is empty.");
    }

    private void Expect(BsonType expected, string name)
    {
        var actual = bson.GetCurrentBsonType();
        if (actual != expected)
        {
            throw new FormatException($"A stored '{name}' is of type {actual}; {expected} was expected.");
        }
    }
}
