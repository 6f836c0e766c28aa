using System.Text.Json;
using Microsoft.Extensions.AI;
using MongoDB.Bson.IO;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>How annotations of content, and the regions that they are about, are stored.</summary>
internal static class AnnotationFormat
{
    private const string Citation = "citation";
    private const string TextSpan = "textSpan";

    // What is of a type that this process does not know, the annotation or a region, is written again as the annotation is
    // stored. It is there as a property, since no serializer knows a type of this library's.
    private const string UnknownProperty = "unknownAnnotation";

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
                return ReadCommon(reader, start, new AIAnnotation(), fields);
            case Citation:
                return ReadCommon(
                    reader,
                    start,
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
                return ReadUnknown(reader, start, new AIAnnotation());
        }
    }

    /// <summary>Reads a region; null if its type is unknown.</summary>
    public static AnnotatedRegion? ReadRegion(ContentReader reader)
    {
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
                return null;
        }
    }

    private static void Write(ContentWriter writer, AIAnnotation? annotation)
    {
        switch (annotation)
        {
            case null:
                throw new UnstorableValueException("is null");
            case not null when GetUnknown(annotation) is { } stored:
                JsonValueWriter.WriteElement(writer.Bson, stored);
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

        writer.Properties(annotation, annotation.AdditionalProperties);
    }

    private static AIAnnotation ReadCommon(ContentReader reader, BsonReaderBookmark start, AIAnnotation annotation, ContentFields fields)
    {
        var regions = fields.Get<List<AnnotatedRegion?>>(MessageNames.Regions);
        annotation.AnnotatedRegions = regions?.OfType<AnnotatedRegion>().ToList();
        annotation.AdditionalProperties = fields.Get<AdditionalPropertiesDictionary>(MessageNames.AdditionalProperties);
        return regions?.Contains(null) == true ? ReadUnknown(reader, start, annotation) : annotation;
    }

    private static AIAnnotation ReadUnknown(ContentReader reader, BsonReaderBookmark start, AIAnnotation annotation)
    {
        reader.Bson.ReturnToBookmark(start);
        annotation.AdditionalProperties ??= [];
        annotation.AdditionalProperties[UnknownProperty] = JsonValueReader.ReadElement(reader.Bson);
        return annotation;
    }

    private static JsonElement? GetUnknown(AIAnnotation annotation) =>
        annotation.AdditionalProperties?.GetValueOrDefault(UnknownProperty) is JsonElement { ValueKind: JsonValueKind.Object } stored ? stored : null;

    private static void WriteRegion(ContentWriter writer, AnnotatedRegion? region)
    {
        switch (region)
        {
            case null:
                throw new UnstorableValueException("has a region that is null");
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
}
