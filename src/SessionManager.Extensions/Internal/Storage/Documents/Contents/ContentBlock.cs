using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>A kind of content that the Converse format has a block for: one element, named for the kind.</summary>
internal abstract class ContentBlock
{
    private static readonly ContentBlock Text = new TextBlock();
    private static readonly ContentBlock Reasoning = new ReasoningBlock();
    private static readonly ContentBlock ToolUse = new ToolUseBlock();
    private static readonly ContentBlock ToolResult = new ToolResultBlock();
    private static readonly ContentBlock Media = new MediaBlock();
    private static readonly ContentBlock Unknown = new UnknownBlock();

    /// <summary>The kind of block for a content, or null. The result of a tool may hold some kinds only.</summary>
    public static ContentBlock? For(AIContent? content, bool inToolResult) => content switch
    {
        null => throw new UnstorableValueException("is null"),
        TextContent => Text,
        DataContent data when IsExactly<DataContent>(data) && MediaFormat.Find(data.MediaType) is not null => Media,
        UnknownContent unknown when UnknownBlock.IsBlock(unknown) => Unknown,
        _ when inToolResult => null,
        TextReasoningContent => Reasoning,
        FunctionCallContent when IsExactly<FunctionCallContent>(content) => ToolUse,
        FunctionResultContent when IsExactly<FunctionResultContent>(content) => ToolResult,
        _ => null,
    };

    /// <summary>The kind of block that a stored element is, or null.</summary>
    public static ContentBlock? Find(string name) => name switch
    {
        MessageNames.Text => Text,
        MessageNames.ReasoningContent => Reasoning,
        MessageNames.ToolUse => ToolUse,
        MessageNames.ToolResult => ToolResult,
        MessageNames.Image or MessageNames.Video or MessageNames.Document => Media,
        _ => null,
    };

    /// <summary>Writes the block into an open document.</summary>
    public abstract void Write(ContentWriter writer, AIContent content);

    /// <summary>Writes what the block cannot carry, as fields of an entry.</summary>
    public abstract void WriteDetails(ContentWriter writer, AIContent content);

    /// <summary>Reads the value of the element.</summary>
    public abstract AIContent Read(ContentReader reader, string name);

    /// <summary>Restores what <see cref="WriteDetails"/> wrote, in the content or in one that replaces it.</summary>
    public abstract AIContent Apply(AIContent content, ContentFields details);

    // A subclass has properties that a block would lose.
    private static bool IsExactly<T>(AIContent content) => content.GetType() == typeof(T);
}

/// <inheritdoc/>
internal abstract class ContentBlock<T> : ContentBlock
    where T : AIContent
{
    public sealed override void Write(ContentWriter writer, AIContent content) => Write(writer, (T)content);

    public sealed override void WriteDetails(ContentWriter writer, AIContent content)
        => WriteDetails(writer, (T)content);

    public sealed override AIContent Apply(AIContent content, ContentFields details) => Apply((T)content, details);

    protected abstract void Write(ContentWriter writer, T content);

    protected abstract void WriteDetails(ContentWriter writer, T content);

    protected abstract AIContent Apply(T content, ContentFields details);
}
