using System.Text.Json;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>How annotations of content, and the regions that they are about, are stored.</summary>
internal static class AnnotationFormat
{
    private const string Citation = "citation";
    private const string TextSpan = "textSpan";

    public static void Write(ContentWriter writer, IList<AIAnnotation>? annotations)
    {
        if (annotations is null)
        {
            return;
        }

        writer.Name(MessageNames.Annotations);
        writer.Bson.WriteStartArray();
        for (var i = 0; i < annotations.Count; i++)
        {
            try
            {
                Write(writer, annotations[i]);
            }
            catch (UnstorableValueException e) when (e.AddParent($".annotations[{i}]"))
            {
                throw;
            }
        }

        writer.Bson.WriteEndArray();
    }

    public static AIAnnotation Read(ContentReader reader)
    {
        var start = reader.Bson.GetBookmark();
        var fields = reader.Fields(MessageNames.Annotations);
        switch (fields.Text(MessageNames.Type))
        {
            case null:
                return ReadCommon(new AIAnnotation(), fields);
            case Citation:
                return ReadCommon(
                    new CitationAnnotation
                    {
                        Title = fields.Text("title"),
                        Url = fields.Uri("url"),
                        FileId = fields.Text("fileId"),
                        ToolName = fields.Text("toolName"),
                        Snippet = fields.Text("snippet"),
                    },
                    fields);
            default:
                reader.Bson.ReturnToBookmark(start);
                return new UnknownAnnotation(JsonValueReader.ReadElement(reader.Bson));
        }
    }

    public static AnnotatedRegion ReadRegion(ContentReader reader)
    {
        var start = reader.Bson.GetBookmark();
        var fields = reader.Fields(MessageNames.Regions);
        switch (fields.Text(MessageNames.Type))
        {
            case null:
                return new AnnotatedRegion();
            case TextSpan:
                return new TextSpanAnnotatedRegion
                {
                    StartIndex = (int?)fields.Number("start"),
                    EndIndex = (int?)fields.Number("end"),
                };
            default:
                reader.Bson.ReturnToBookmark(start);
                return new UnknownRegion(JsonValueReader.ReadElement(reader.Bson));
        }
    }

    private static void Write(ContentWriter writer, AIAnnotation? annotation)
    {
        switch (annotation)
        {
            case null:
                throw new UnstorableValueException("is null");
            case UnknownAnnotation unknown:
                JsonValueWriter.WriteElement(writer.Bson, unknown.Stored);
                return;
            // Exactly this type: only the JSON of a subclass has the properties that it adds.
            case CitationAnnotation citation when citation.GetType() == typeof(CitationAnnotation):
                writer.Bson.WriteStartDocument();
                writer.Text(MessageNames.Type, Citation);
                writer.Text("title", citation.Title);
                writer.Text("url", citation.Url?.OriginalString);
                writer.Text("fileId", citation.FileId);
                writer.Text("toolName", citation.ToolName);
                writer.Text("snippet", citation.Snippet);
                WriteCommon(writer, citation);
                break;
            case not null when annotation.GetType() == typeof(AIAnnotation):
                writer.Bson.WriteStartDocument();
                WriteCommon(writer, annotation);
                break;
            default:
                writer.Foreign(annotation);
                return;
        }

        writer.Bson.WriteEndDocument();
    }

    private static void WriteCommon(ContentWriter writer, AIAnnotation annotation)
    {
        if (annotation.AnnotatedRegions is { } regions)
        {
            writer.Name(MessageNames.Regions);
            writer.Bson.WriteStartArray();
            foreach (var region in regions)
            {
                WriteRegion(writer, region);
            }

            writer.Bson.WriteEndArray();
        }

        writer.Map(MessageNames.AdditionalProperties, annotation.AdditionalProperties);
    }

    private static AIAnnotation ReadCommon(AIAnnotation annotation, ContentFields fields)
    {
        annotation.AnnotatedRegions = fields.Get<List<AnnotatedRegion>>(MessageNames.Regions);
        annotation.AdditionalProperties = fields.Get<AdditionalPropertiesDictionary>(MessageNames.AdditionalProperties);
        return annotation;
    }

    private static void WriteRegion(ContentWriter writer, AnnotatedRegion? region)
    {
        switch (region)
        {
            case null:
                throw new UnstorableValueException("has a region that is null");
            case UnknownRegion unknown:
                JsonValueWriter.WriteElement(writer.Bson, unknown.Stored);
                return;
            case TextSpanAnnotatedRegion span:
                writer.Bson.WriteStartDocument();
                writer.Text(MessageNames.Type, TextSpan);
                writer.Number("start", span.StartIndex);
                writer.Number("end", span.EndIndex);
                break;
            case not null when region.GetType() == typeof(AnnotatedRegion):
                writer.Bson.WriteStartDocument();
                break;
            default:
                writer.Foreign(region);
                return;
        }

        writer.Bson.WriteEndDocument();
    }

    // Of a type that this process does not know; written again as it is stored.
    private sealed class UnknownAnnotation(JsonElement stored) : AIAnnotation
    {
        public JsonElement Stored => stored;
    }

    private sealed class UnknownRegion(JsonElement stored) : AnnotatedRegion
    {
        public JsonElement Stored => stored;
    }
}
