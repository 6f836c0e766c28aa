using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Gives ids to the messages of a stream that come without one, while they come. Where one message ends and the next begins is
/// told as <see cref="ChatResponseExtensions.ToChatResponse(IEnumerable{ChatResponseUpdate})"/> tells it.
/// </summary>
/// <param name="answer">The ids of the answer.</param>
internal sealed class UpdateIds(AnswerIds answer)
{
    private string? _own;
    private string? _given;
    private ChatRole? _role;
    private string? _author;

    public void Identify(ChatResponseUpdate update)
    {
        // Function invocation puts results between the updates of a model, some of which do not say who speaks.
        if (_role == ChatRole.Tool)
        {
            update.Role ??= ChatRole.Assistant;
        }

        // Function invocation passes calls on late, and gives results an id of its own.
        update.MessageId = answer.Find(update.Contents) ?? update.MessageId;
        if (IsNext(_role?.Value, update.Role?.Value) || IsNext(_author, update.AuthorName) || IsNext(_given, update.MessageId))
        {
            (_own, _given, _author) = (null, null, null);
        }

        _role = update.Role ?? _role;
        _author = string.IsNullOrEmpty(update.AuthorName) ? _author : update.AuthorName;
        _given = string.IsNullOrEmpty(update.MessageId) ? _given : update.MessageId;
        // One id for the whole message, whichever part of it came without.
        update.MessageId = _own ?? _given ?? (_own = MessageIds.Create());
        answer.Shown(update.MessageId, update.Contents, isGiven: _own is not null && _role != ChatRole.Tool);
    }

    private static bool IsNext(string? before, string? now) => !string.IsNullOrEmpty(before) && !string.IsNullOrEmpty(now) && before != now;
}
