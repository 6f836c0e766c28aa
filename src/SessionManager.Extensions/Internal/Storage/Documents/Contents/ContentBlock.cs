using System.Collections.Frozen;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>A kind of content that the Converse format has a block for: one element, named for the kind.</summary>
internal abstract class ContentBlock
{
    // A new kind of block is a class and its entry here.
    private static readonly ContentBlock[] All =
    [
        new TextBlock(), new ReasoningBlock(), new ToolUseBlock(), new ToolResultBlock(), new MediaBlock(), new UnknownBlock(),
    ];

    private static readonly FrozenDictionary<Type, ContentBlock> ByClrType = All.ToFrozenDictionary(block => block.ClrType);

    private static readonly FrozenDictionary<string, ContentBlock> ByName = All
        .SelectMany(block => block.Names, (block, name) => (block, name))
        .ToFrozenDictionary(pair => pair.name, pair => pair.block, StringComparer.Ordinal);

    /// <summary>The exact type of its contents: a subclass has properties that a block would lose.</summary>
    protected abstract Type ClrType { get; }

    /// <summary>The names that its element may have.</summary>
    protected abstract string[] Names { get; }

    /// <summary>Whether the result of a tool may hold it.</summary>
    protected virtual bool IsInToolResults => false;

    /// <summary>The kind of block for a content, or null.</summary>
    public static ContentBlock? For(AIContent? content, bool inToolResult)
    {
        if (content is null)
        {
            throw new UnstorableValueException("is null");
        }

        // Converse lets few blocks into the result of a tool; other contents become entries there.
        return ByClrType.TryGetValue(content.GetType(), out var block) && (block.IsInToolResults || !inToolResult) && block.CanHold(content)
            ? block
            : null;
    }

    /// <summary>The kind of block that a stored element is, or null.</summary>
    public static ContentBlock? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Writes the block into an open document.</summary>
    public abstract void Write(ContentWriter writer, AIContent content);

    /// <summary>Writes what the block cannot carry, as fields of an entry.</summary>
    public abstract void WriteDetails(ContentWriter writer, AIContent content);

    /// <summary>Reads the value of the element.</summary>
    public abstract AIContent Read(ContentReader reader, string name);

    /// <summary>Restores what <see cref="WriteDetails"/> wrote, in the content or in one that replaces it.</summary>
    public abstract AIContent Apply(AIContent content, ContentFields details);

    /// <summary>Whether content of the type is one that the format has the block for.</summary>
    protected virtual bool CanHold(AIContent content) => true;
}

/// <inheritdoc/>
internal abstract class ContentBlock<T> : ContentBlock
    where T : AIContent
{
    protected sealed override Type ClrType => typeof(T);

    public sealed override void Write(ContentWriter writer, AIContent content) => Write(writer, (T)content);

    public sealed override void WriteDetails(ContentWriter writer, AIContent content)
        => WriteDetails(writer, (T)content);

    public sealed override AIContent Apply(AIContent content, ContentFields details) => Apply((T)content, details);

    protected abstract void Write(ContentWriter writer, T content);

    protected abstract void WriteDetails(ContentWriter writer, T content);

    protected abstract AIContent Apply(T content, ContentFields details);
}
