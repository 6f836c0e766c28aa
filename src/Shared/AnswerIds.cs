using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// The ids of the messages of an answer, known by their contents: a part may be shown before its message is stored, or after it,
/// and both are to bear one id.
/// </summary>
internal sealed class AnswerIds
{
    private readonly Dictionary<AIContent, string> _ids = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, string> _results = new(StringComparer.Ordinal);

    // Texts are put together anew on their way, so that their messages are known by nothing but their order.
    private readonly List<string> _unstored = [];

    /// <summary>
    /// Finds the id of the message that one of some contents is part of; null where none is known.
    /// </summary>
    public string? Find(IEnumerable<AIContent> contents) => contents.Select(Find).FirstOrDefault(static id => id is not null);

    /// <summary>
    /// Notes the id that a part of the answer is shown under.
    /// </summary>
    /// <param name="id">The id.</param>
    /// <param name="contents">The part.</param>
    /// <param name="isGiven">Whether the id was given to it here, so that its message comes without.</param>
    public void Shown(string id, IEnumerable<AIContent> contents, bool isGiven)
    {
        if (isGiven && !_ids.ContainsValue(id) && !_unstored.Contains(id))
        {
            _unstored.Add(id);
        }

        foreach (var content in contents)
        {
            _ids.TryAdd(content, id);
        }
    }

    /// <summary>
    /// Gets the id to store a message under that has none.
    /// </summary>
    public string GetFor(ChatMessage message)
    {
        if (Find(message.Contents) is { } id)
        {
            return id;
        }

        return message.Role == ChatRole.Assistant && _unstored is [var first, ..] ? first : MessageIds.Create();
    }

    /// <summary>
    /// Notes that a message is stored under its id.
    /// </summary>
    public void Stored(ChatMessage message)
    {
        _unstored.Remove(message.MessageId!);
        foreach (var content in message.Contents)
        {
            _ids[content] = message.MessageId!;
            if (content is FunctionResultContent result)
            {
                _results[result.CallId] = message.MessageId!;
            }
        }
    }

    // Function invocation makes results of its own of what tools return.
    private string? Find(AIContent content) =>
        _ids.GetValueOrDefault(content) ?? (content is FunctionResultContent result ? _results.GetValueOrDefault(result.CallId) : null);
}
