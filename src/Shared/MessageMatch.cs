using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// Tells which messages of a request are stored already: clients send what is new, or the whole transcript, or a request again.
/// </summary>
/// <remarks>
/// Messages are compared by their ids; results of calls, and answers to requests, by what they answer; others by who says them
/// and what. What is stored wins, but for messages of the user: they may be edited.
/// </remarks>
internal sealed partial class MessageMatch
{
    private readonly IReadOnlyList<ChatMessage> _incoming;
    private readonly IReadOnlyList<ChatMessage> _stored;
    private readonly bool _isOfUserOnly;

    // Made once for each message: it reads all of its text, and of its media.
    private readonly string?[] _keys;
    private readonly string?[] _incomingKeys;
    private readonly bool[] _isTaken;

    // The index of the stored message that a message of the request is.
    private readonly int?[] _matches;
    private readonly AnswerMatch _answers;
    private readonly List<ChatMessage> _new = [];

    private MessageMatch(IReadOnlyList<ChatMessage> incoming, IReadOnlyList<ChatMessage> stored, bool isOfUserOnly)
    {
        _incoming = incoming;
        _stored = stored;
        _isOfUserOnly = isOfUserOnly;
        _keys = new string?[stored.Count];
        _incomingKeys = new string?[incoming.Count];
        _isTaken = new bool[stored.Count];
        _matches = new int?[incoming.Count];
        _answers = new AnswerMatch(incoming, stored);
    }

    /// <summary>
    /// Gets the messages to store, results of stored calls first: they have to stand right behind the calls.
    /// </summary>
    /// <value>Where there are none, always the same list.</value>
    public IReadOnlyList<ChatMessage> New => _new is [] ? Array.Empty<ChatMessage>() : _new;

    /// <summary>
    /// Gets the last stored message, which the user has not been answered, as the user has edited it.
    /// </summary>
    public ChatMessage? Replacement { get; private set; }

    /// <summary>
    /// Gets the index of the stored message that is to be answered anew, of the user or of a tool of the client's; or null.
    /// </summary>
    public int? AskedAgain { get; private set; }

    /// <summary>
    /// Gets the number of messages of the user that are stored with other contents, and are to be stored again.
    /// </summary>
    public int EditedCount { get; private set; }

    /// <summary>
    /// Gets the number of messages, results and approvals that are left out: nobody edits what the model or a tool said.
    /// </summary>
    public int IgnoredCount { get; private set; }

    /// <summary>
    /// Gets a value indicating whether messages of the request may be older than those that it was compared with.
    /// </summary>
    public bool MayBeOlder { get; private set; }

    /// <summary>
    /// Gets the id of the request for approval that the request answers, and that was answered before, or null.
    /// </summary>
    public string? AnsweredBefore { get; private set; }

    /// <param name="incoming">The messages of the request.</param>
    /// <param name="stored">The stored messages, oldest first; not all of them, perhaps, but the latest.</param>
    /// <param name="isOfUserOnly">
    /// True to take nothing but messages of the user, results of stored calls and answers to stored requests.
    /// </param>
    public static MessageMatch Find(IReadOnlyList<ChatMessage> incoming, IReadOnlyList<ChatMessage> stored, bool isOfUserOnly = false)
    {
        var match = new MessageMatch(incoming, stored, isOfUserOnly);
        var transcriptEnd = match.MatchTranscript();
        match.MatchRest(transcriptEnd);
        match.Sort(transcriptEnd);
        match.FindAskedAgain();
        return match;
    }

    private string KeyAt(int index) => _keys[index] ??= MessageKey.Of(_stored[index]);

    private string KeyOf(int incoming) => _incomingKeys[incoming] ??= MessageKey.Of(_incoming[incoming]);

    private static bool IsWholeAnswer(ChatMessage message) =>
        message.Role == ChatRole.Assistant
        && !MessageMarks.Has(message, MessageMarks.Interrupted)
        && !MessageKey.Asks(message);

    /// <summary>
    /// Tells for each message what becomes of it.
    /// </summary>
    private void Sort(int transcriptEnd)
    {
        List<ChatMessage> results = [];
        for (var i = 0; i < _incoming.Count; i++)
        {
            var message = _incoming[i];
            if (MessageKey.Answers(message))
            {
                var left = _answers.GetNew(i, _isOfUserOnly, out var ignoredCount);
                IgnoredCount += ignoredCount;

                // The call may have been made before all that was read.
                MayBeOlder |= ignoredCount > 0;
                if (left is not null)
                {
                    (_answers.IsToStoredCall(i) ? results : _new).Add(left);
                }
                else if (i == _incoming.Count - 1)
                {
                    AnsweredBefore = FindAnsweredBefore(message);
                }
            }
            else if (_matches[i] is { } j)
            {
                SortKnown(i, j);
            }
            else if (message.Role == ChatRole.Assistant && ContentRepair.IsBlank(message))
            {
                // Clients that show an answer part by part may keep a message of which nothing came.
            }
            else if (message.Role == ChatRole.User)
            {
                // In front of what is known it is an edit of a message that has no id.
                EditedCount += i < transcriptEnd ? 1 : 0;
                _new.Add(_isOfUserOnly ? ToUsers(message) : message);
            }
            else if (_isOfUserOnly || i < transcriptEnd)
            {
                IgnoredCount++;
            }
            else
            {
                _new.Add(message);
            }
        }

        _new.InsertRange(0, results);
    }

    /// <summary>
    /// Finds the request that is answered a second time; null where the turn can go on with what its tool has returned.
    /// </summary>
    private string? FindAnsweredBefore(ChatMessage message)
    {
        foreach (var response in message.Contents.OfType<ToolApprovalResponseContent>().Where(_answers.IsStored))
        {
            // A tool that was rejected has not run, and does not when that is said again.
            var isDecided = _stored.Any(stored => stored.Contents.Any(content => content switch
            {
                FunctionResultContent result => result.CallId == response.ToolCall.CallId,
                ToolApprovalResponseContent { Approved: false } rejected => !response.Approved && rejected.RequestId == response.RequestId,
                _ => false,
            }));
            if (!isDecided || IsWholeAnswer(_stored[^1]))
            {
                return response.RequestId;
            }
        }

        return null;
    }

    private void SortKnown(int i, int j)
    {
        var message = _incoming[i];
        if (message.MessageId is null || KeyOf(i) == KeyAt(j))
        {
            return;
        }

        if (message.Role != ChatRole.User)
        {
            IgnoredCount++;
        }
        else if (j == _stored.Count - 1)
        {
            Replacement = _isOfUserOnly ? ToUsers(message) : message;
        }
        else
        {
            EditedCount++;
            _new.Add(_isOfUserOnly ? ToUsers(message) : message);
        }
    }

    // What the library's own marks say is not for the user to say.
    private static ChatMessage ToUsers(ChatMessage message)
    {
        var users = MessageMarks.Without(message, MessageMarks.Stored);
        AIContent[] contents = [.. users.Contents.Where(MessageKey.IsOfUser)];
        if (contents.Length == users.Contents.Count)
        {
            return users;
        }

        users = users.Clone();
        users.Contents = contents;
        return users;
    }

    private void FindAskedAgain()
    {
        if (_new.Count > 0 || Replacement is not null || _incoming is not [.., var last] || FindStored(last) is not { } asked)
        {
            return;
        }

        if (_stored.Skip(asked + 1).Any(MessageKey.BeginsTurn))
        {
            if (MessageKey.BeginsTurn(last))
            {
                // The conversation has gone on since: it is asked again, now.
                EditedCount++;
                _new.Add(_isOfUserOnly ? ToUsers(last) : last);
            }
        }
        else if (_stored[^1].Role == ChatRole.Assistant && !MessageKey.Asks(_stored[^1]))
        {
            AskedAgain = asked;
        }
    }

    /// <summary>
    /// Finds what is stored of the last message of the request, where it is one that the model answers.
    /// </summary>
    private int? FindStored(ChatMessage last)
    {
        return MessageKey.BeginsTurn(last) ? _matches[^1] : FindResult(last);
    }

    /// <summary>
    /// Finds the last stored result of a call that a message has a result of, or approves, or what the user has said to its approval.
    /// </summary>
    private int? FindResult(ChatMessage message)
    {
        HashSet<string> callIds = new(StringComparer.Ordinal);
        foreach (var content in message.Contents)
        {
            if (content is FunctionResultContent result)
            {
                callIds.Add(result.CallId);
            }
            else if (content is ToolApprovalResponseContent response)
            {
                callIds.Add(response.ToolCall.CallId);
            }
        }

        for (var j = _stored.Count - 1; j >= 0 && callIds.Count > 0; j--)
        {
            // Of a call that was rejected, or whose process died, nothing else is stored.
            if (_stored[j].Contents.Any(content =>
                (content is FunctionResultContent result && callIds.Contains(result.CallId))
                || (content is ToolApprovalResponseContent response && callIds.Contains(response.ToolCall.CallId))))
            {
                return j;
            }
        }

        return null;
    }
}
