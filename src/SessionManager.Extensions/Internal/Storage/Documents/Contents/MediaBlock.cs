using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary><c>{image|video|document: {format, name, source: {bytes}}}</c>; only documents have a name.</summary>
internal sealed partial class MediaBlock : ContentBlock<DataContent>
{
    private const string Unnamed = "document";

    protected override string[] Names => [MessageNames.Image, MessageNames.Video, MessageNames.Document];

    protected override bool IsInToolResults => true;

    public override AIContent Read(ContentReader reader, string name)
    {
        var start = reader.Bson.GetBookmark();
        string? format = null, title = null;
        byte[]? bytes = null;
        reader.StartDocument(name);
        while (reader.NextName(out var field))
        {
            switch (field)
            {
                case MessageNames.Format: format = reader.Text(field); break;
                case MessageNames.Name: title = reader.Text(field); break;
                case MessageNames.Source: bytes = ReadSource(reader); break;
                default: reader.Bson.SkipValue(); break;
            }
        }

        reader.Bson.ReadEndDocument();
        // A source that is no bytes, such as a location in S3, or a format that is not known here: kept as it is stored.
        return bytes is not null && MediaFormat.Find(name, format) is { } known
            ? new DataContent(bytes, known.MediaType) { Name = title }
            : UnknownBlock.ReadElement(reader, name, start);
    }

    protected override bool CanHold(AIContent content) => MediaFormat.Find(((DataContent)content).MediaType) is not null;

    protected override void Write(ContentWriter writer, DataContent content)
    {
        var format = MediaFormat.Find(content.MediaType)!;
        writer.Name(format.Block);
        writer.Bson.WriteStartDocument();
        writer.Bson.WriteString(MessageNames.Format, format.Format);
        if (format.Block == MessageNames.Document)
        {
            writer.Bson.WriteString(MessageNames.Name, ToDocumentName(content.Name));
        }

        writer.Bson.WriteStartDocument(MessageNames.Source);
        writer.Bytes(MessageNames.Bytes, content.Data);
        writer.Bson.WriteEndDocument();
        writer.Bson.WriteEndDocument();
    }

    protected override void WriteDetails(ContentWriter writer, DataContent content)
    {
        var format = MediaFormat.Find(content.MediaType)!;
        if (content.MediaType != format.MediaType)
        {
            writer.Text(MessageNames.MediaType, content.MediaType);
        }

        var named = format.Block == MessageNames.Document ? ToDocumentName(content.Name) : null;
        if (content.Name is null && named is not null)
        {
            // The format wants a name for every document; null says that the content has none.
            writer.Null(MessageNames.Name);
        }
        else if (content.Name != named)
        {
            writer.Text(MessageNames.Name, content.Name);
        }
    }

    protected override AIContent Apply(DataContent content, ContentFields details)
        => new DataContent(content.Data, details.Text(MessageNames.MediaType) ?? content.MediaType)
        {
            Name = details.Has(MessageNames.Name) ? details.Text(MessageNames.Name) : content.Name,
        };

    // The rule of the Converse API for names of documents. A name that breaks it is refused with the whole request.
    private static string ToDocumentName(string? name)
        => string.IsNullOrWhiteSpace(name) ? Unnamed : Spaces().Replace(NotInNames().Replace(name, "-"), " ");

    [GeneratedRegex(@"[^A-Za-z0-9\s\-()\[\]]")]
    private static partial Regex NotInNames();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    private static byte[]? ReadSource(ContentReader reader)
    {
        byte[]? bytes = null;
        reader.StartDocument(MessageNames.Source);
        while (reader.NextName(out var name))
        {
            if (name == MessageNames.Bytes && reader.Bson.CurrentBsonType == BsonType.Binary)
            {
                bytes = reader.Bson.ReadBinaryData().Bytes;
            }
            else
            {
                reader.Bson.SkipValue();
            }
        }

        reader.Bson.ReadEndDocument();
        return bytes;
    }
}
