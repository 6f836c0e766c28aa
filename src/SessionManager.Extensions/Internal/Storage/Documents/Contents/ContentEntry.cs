using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>One stored entry: a content that has no block, or details of the block at the index.</summary>
internal readonly record struct ContentEntry(int Index, AIContent? Content, ContentFields Details)
{
    /// <summary>Puts the contents without a block between those with one, then completes the latter.</summary>
    public static void Merge(List<AIContent> contents, List<ContentEntry>? entries)
    {
        if (entries is null)
        {
            return;
        }

        // Insertions first, in ascending order: then every index counts in the whole list, as it did when it was written. It is
        // past the end where another program has removed blocks.
        foreach (var entry in entries)
        {
            if (entry.Content is not null)
            {
                contents.Insert(Math.Clamp(entry.Index, 0, contents.Count), entry.Content);
            }
        }

        foreach (var entry in entries)
        {
            if (entry.Content is null && entry.Index >= 0 && entry.Index < contents.Count)
            {
                contents[entry.Index] = entry.Details.ApplyTo(contents[entry.Index]);
            }
        }
    }
}
