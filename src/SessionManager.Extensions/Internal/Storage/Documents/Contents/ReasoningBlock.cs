using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary><c>{reasoningContent: {reasoningText: {text, signature}}}</c></summary>
internal sealed class ReasoningBlock : ContentBlock<TextReasoningContent>
{
    protected override string[] Names => [MessageNames.ReasoningContent];

    public override AIContent Read(ContentReader reader, string name)
    {
        var start = reader.Bson.GetBookmark();
        TextReasoningContent? content = null;
        reader.StartDocument(name);
        while (reader.NextName(out var field))
        {
            if (field == MessageNames.ReasoningText)
            {
                content = ReadText(reader);
            }
            else
            {
                reader.Bson.SkipValue();
            }
        }

        reader.Bson.ReadEndDocument();
        // Redacted reasoning has no text.
        return content ?? UnknownBlock.ReadElement(reader, name, start);
    }

    protected override void Write(ContentWriter writer, TextReasoningContent content)
    {
        writer.Name(MessageNames.ReasoningContent);
        writer.Bson.WriteStartDocument();
        writer.Bson.WriteStartDocument(MessageNames.ReasoningText);
        writer.BlockText(MessageNames.Text, content.Text);
        if (content.ProtectedData is { } signature)
        {
            writer.BlockText(MessageNames.Signature, signature);
        }

        writer.Bson.WriteEndDocument();
        writer.Bson.WriteEndDocument();
    }

    protected override void WriteDetails(ContentWriter writer, TextReasoningContent content)
    {
        writer.ExactText(MessageNames.ExactText, content.Text);
        writer.ExactText(MessageNames.ExactSignature, content.ProtectedData);
    }

    protected override AIContent Apply(TextReasoningContent content, ContentFields details)
    {
        content.Text = details.Text(MessageNames.ExactText) ?? content.Text;
        content.ProtectedData = details.Text(MessageNames.ExactSignature) ?? content.ProtectedData;
        return content;
    }

    private static TextReasoningContent ReadText(ContentReader reader)
    {
        var content = new TextReasoningContent(null);
        reader.StartDocument(MessageNames.ReasoningText);
        while (reader.NextName(out var name))
        {
            switch (name)
            {
                case MessageNames.Text:
                    content.Text = reader.Text(name);
                    break;
                case MessageNames.Signature when reader.Bson.CurrentBsonType != BsonType.Null:
                    content.ProtectedData = reader.Text(name);
                    break;
                default:
                    reader.Bson.SkipValue();
                    break;
            }
        }

        reader.Bson.ReadEndDocument();
        return content;
    }
}
