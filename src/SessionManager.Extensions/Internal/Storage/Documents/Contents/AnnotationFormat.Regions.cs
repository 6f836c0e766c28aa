using System.Text.Json;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

internal static partial class AnnotationFormat
{
    private const string TextSpan = "textSpan";

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

    private sealed class UnknownRegion(JsonElement stored) : AnnotatedRegion
    {
        public JsonElement Stored => stored;
    }
}
