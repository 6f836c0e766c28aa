using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.History;

/// <summary>
/// What a request has for a history: its messages compared with those that are stored.
/// </summary>
internal sealed class IncomingHistory
{
    private readonly MessageMatch _match;
    private readonly bool _isEmpty;
    private ChatMessage? _replacement;

    private IncomingHistory(MessageMatch match, IReadOnlyList<SessionMessage> messages, bool isEmpty)
    {
        _match = match;
        _isEmpty = isEmpty;
        New = match.New;
        LastPosition = messages is [.., var last] ? last.Position : null;
        AwaitsApproval = messages is [.., var asking]
            && asking.EffectiveMessage.Contents.Any(static content => content is ToolApprovalRequestContent { ToolCall: FunctionCallContent })
            && !New.Any(static message => message.Contents.Any(static content => content is InputResponseContent));
    }

    /// <summary>
    /// Gets the messages that are not stored yet.
    /// </summary>
    public IReadOnlyList<ChatMessage> New { get; private set; }

    /// <summary>
    /// Gets the last stored message as the user has edited it, or null.
    /// </summary>
    public ChatMessage? Edited => _match.Replacement;

    /// <summary>
    /// Gets a value indicating whether the last stored message asks for an approval that does not come.
    /// </summary>
    public bool AwaitsApproval { get; }

    /// <summary>
    /// Gets the position of the last stored message, or null when there is none.
    /// </summary>
    public int? LastPosition { get; }

    /// <summary>
    /// Gets a value indicating whether the request has nothing that is new: it goes on with what is stored last.
    /// </summary>
    public bool IsRepeated => !_isEmpty && New.Count == 0;

    private bool GoesOn => IsRepeated || OpenTurn.IsContinuedBy(New);

    /// <summary>
    /// Gets the position of the message that begins the turn which the request goes on with, where it was not read; else null.
    /// </summary>
    public int? TurnStart { get; private set; }

    /// <summary>
    /// Gets the first stored message, where older ones had to be read for the comparison; else null.
    /// </summary>
    public SessionMessage? First { get; private init; }

    public bool IsAskedAgain => _match.AskedAgain is not null;

    public int EditedCount => _match.EditedCount;

    public int IgnoredCount => _match.IgnoredCount;

    /// <summary>
    /// Gets the id of a request that was answered before this request answered it, or null.
    /// </summary>
    public string? AnsweredBefore => _match.AnsweredBefore;

    /// <summary>
    /// Compares the messages of a request with the stored ones, and with older ones where it may repeat those.
    /// </summary>
    public static async Task<IncomingHistory> CompareAsync(
        AgentInitializationOptions options,
        IReadOnlyList<SessionMessage> messages,
        Func<int, Task<IReadOnlyList<SessionMessage>>> listOlderAsync)
    {
        var match = MessageMatch.Find(options.NewMessages, [.. messages.Select(Identify)], options.UserMessagesOnly);
        var incoming = new IncomingHistory(match, messages, options.NewMessages.Count == 0);

        // What the request goes on with may be longer than what was read.
        var hasTurn = messages.Any(static message => MessageKey.BeginsTurn(message.Message));
        if ((match.MayBeOlder || (incoming.GoesOn && !hasTurn)) && messages is [{ Position: > 0 and var position }, ..])
        {
            var older = await listOlderAsync(position).ConfigureAwait(false);
            match = MessageMatch.Find(options.NewMessages, [.. older.Concat(messages).Select(Identify)], options.UserMessagesOnly);
            incoming = new IncomingHistory(match, messages, options.NewMessages.Count == 0) { First = older is [var first, ..] ? first : null };
            incoming.TurnStart = incoming.GoesOn && !hasTurn
                ? older.LastOrDefault(static message => MessageKey.BeginsTurn(message.Message))?.Position
                : null;
        }

        return incoming;
    }

    /// <summary>
    /// Gets a stored message as it is sent. It has an id, by which its client can name it.
    /// </summary>
    public static ChatMessage Identify(SessionMessage message)
    {
        var identified = message.EffectiveMessage;
        identified.MessageId ??= MessageIds.At(message.Position);
        return identified;
    }

    /// <summary>
    /// Takes the edited text for that of the last stored message; or for a new message, where another one has come behind it.
    /// </summary>
    public void Replaced(bool isReplaced)
    {
        _replacement = isReplaced ? Edited : null;
        New = isReplaced ? New : [.. New, Edited!];
    }

    public ChatMessage Get(SessionMessage message) =>
        _replacement is { } replacement && message.Position == LastPosition ? replacement : Identify(message);

    /// <summary>
    /// Finds the stored requests for approval that the new messages answer.
    /// </summary>
    public IEnumerable<(int Position, string RequestId)> FindAnsweredRequests(IReadOnlyList<SessionMessage> messages)
    {
        foreach (var response in New.SelectMany(static message => message.Contents).OfType<InputResponseContent>())
        {
            if (messages.LastOrDefault(message => message.Message.Contents.Any(content => IsAskedBy(response, content))) is { } asked)
            {
                yield return (asked.Position, response.RequestId);
            }
        }
    }

    private static bool IsAskedBy(InputResponseContent response, AIContent content) =>
        (content is InputRequestContent request && request.RequestId == response.RequestId)
        || (content is FunctionCallContent call && response is ToolApprovalResponseContent { ToolCall: FunctionCallContent approved } && approved.CallId == call.CallId);
}
