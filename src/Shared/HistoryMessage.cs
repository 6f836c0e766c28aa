using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// A message of a history, with the place that it came from.
/// </summary>
/// <param name="Message">The message. It is never changed.</param>
/// <param name="Index">
/// The index of the stored message that it is, or is made of, among those not removed so far; <see cref="InFront"/> for what stands before the stored ones.
/// </param>
internal readonly record struct HistoryMessage(ChatMessage Message, int Index)
{
    public const int InFront = -1;

    public IList<AIContent> Contents => Message.Contents;

    /// <summary>
    /// Gets the same message with other contents.
    /// </summary>
    public HistoryMessage With(IList<AIContent> contents)
    {
        var clone = Message.Clone();
        clone.Contents = contents;

        // It stands for the contents that the message had.
        clone.RawRepresentation = null;
        return this with { Message = clone };
    }
}
