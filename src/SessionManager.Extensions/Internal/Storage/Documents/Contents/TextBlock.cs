using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary><c>{text}</c></summary>
internal sealed class TextBlock : ContentBlock<TextContent>
{
    protected override string[] Names => [MessageNames.Text];

    protected override bool IsInToolResults => true;

    public override AIContent Read(ContentReader reader, string name) => new TextContent(reader.Text(name));

    protected override void Write(ContentWriter writer, TextContent content)
        => writer.BlockText(MessageNames.Text, content.Text);

    protected override void WriteDetails(ContentWriter writer, TextContent content)
        => writer.ExactText(MessageNames.ExactText, content.Text);

    protected override AIContent Apply(TextContent content, ContentFields details)
    {
        content.Text = details.Text(MessageNames.ExactText) ?? content.Text;
        return content;
    }
}
