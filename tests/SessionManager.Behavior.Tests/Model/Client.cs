using Microsoft.Extensions.AI;

namespace SessionManager.Behavior.Model;

/// <summary>
/// What a client has of the conversation, and what it makes of that for a request.
/// </summary>
internal sealed class Client(Script script, Names names)
{
    private readonly List<Said> _transcript = [];
    private int _idCount;

    // What the user wants an answer to; null when there is one.
    private Said? _open;
    private int _seenOfOpen;
    private string? _calledId;
    private ToolApprovalRequestContent? _asked;

    private bool SendsUserIds => script.Ids is not (Ids.None or Ids.OfAssistant);

    /// <summary>
    /// Makes a request, the last message of which is what it is about.
    /// </summary>
    public List<Said> Ask(Step step, out Intent intent)
    {
        intent = Choose(step.Intent);
        if (intent is Intent.Retry or Intent.Edit)
        {
            // What was seen of an answer goes when another one is asked for.
            _transcript.RemoveRange(_transcript.Count - _seenOfOpen, _seenOfOpen);
        }
        else if (_open is { Approval: null } && script.DropsFailed && _seenOfOpen == 0)
        {
            _transcript.Remove(_open);
        }

        _open = intent switch
        {
            Intent.Retry => _open!,
            Intent.Edit => Edit(_open!),
            Intent.AnswerTool => Add(new Said(ChatRole.Tool, [new FunctionResultContent(_calledId!, Names.GetResult(_calledId!))], NewId("t")) { IsOfClient = true }),
            Intent.Reject => Add(new Said(ChatRole.User, [_asked!.CreateResponse(step.Intent != Intent.Reject)], NewId("i")) { IsOfClient = true }),
            Intent.SayTheSameAgain => Add(new Said(ChatRole.User, [new TextContent(_transcript.Last(static said => said.Role == ChatRole.User && said.Text.Length > 0).Text)], NewId("i")) { IsOfClient = true }),
            _ => Add(new Said(ChatRole.User, [new TextContent(names.NextUser())], NewId("i")) { IsOfClient = true }),
        };
        _seenOfOpen = 0;
        _asked = null;
        _calledId = intent == Intent.Retry ? _calledId : null;
        return step.Shape switch
        {
            Shape.NewOnly => [_open],
            Shape.LastMessages => [.. _transcript.TakeLast(step.MessageCount)],
            _ => [.. _transcript],
        };
    }

    /// <summary>
    /// Tells whether a request shows which of its messages were said before. Where it does not, one is like another.
    /// </summary>
    public bool ShowsWhatIsNew(IEnumerable<Said> request) => SendsUserIds || request.Any(static said => said.Role != ChatRole.User || said.Approval is not null);

    public ChatMessage ToMessage(Said said) => said.ToMessage(script.Ids switch
    {
        Ids.All or Ids.Invented => true,
        Ids.OfUser => said.Role == ChatRole.User,
        Ids.OfAssistant => said.Role != ChatRole.User,
        _ => false,
    });

    /// <summary>
    /// Takes an answer.
    /// </summary>
    public void Answered(ChatResponse response)
    {
        foreach (var message in response.Messages.Where(static message => message.Contents.Count > 0))
        {
            Add(new Said(message.Role, message.Contents, script.Ids == Ids.Invented ? NewId("x") : message.MessageId));
            _asked = message.Contents.OfType<ToolApprovalRequestContent>().FirstOrDefault();
            _calledId = message.Contents.OfType<FunctionCallContent>().FirstOrDefault(static call => call.Name == Names.ClientTool)?.CallId;
        }

        _open = null;
    }

    /// <summary>
    /// Has seen a part of an answer, whose ids it does not know.
    /// </summary>
    public void Saw(IEnumerable<IReadOnlyCollection<AIContent>> messages)
    {
        if (!script.KeepsHalf)
        {
            return;
        }

        foreach (var contents in messages)
        {
            Add(new Said(contents.First() is FunctionResultContent ? ChatRole.Tool : ChatRole.Assistant, contents, script.Ids == Ids.Invented ? NewId("x") : null));
            _seenOfOpen++;
        }
    }

    private Intent Choose(Intent intent) => intent switch
    {
        _ when _asked is not null => Intent.Reject,
        Intent.AnswerTool when _calledId is not null && _open is null => intent,
        Intent.AnswerTool => Intent.Say,
        Intent.Edit when _open is { Text.Length: > 0 } && SendsUserIds => intent,
        Intent.SayTheSameAgain when _open is null && _calledId is null && _transcript.Count > 0 => intent,
        Intent.SayTheSameAgain or Intent.Retry or Intent.Edit when _open is not null => Intent.Retry,
        _ => Intent.Say,
    };

    private Said Edit(Said said)
    {
        var edited = new Said(said.Role, [new TextContent(names.NextUser())], said.Id) { StoryLine = said.StoryLine, IsOfClient = true };
        _transcript[_transcript.IndexOf(said)] = edited;
        return edited;
    }

    private Said Add(Said said)
    {
        _transcript.Add(said);
        return said;
    }

    private string NewId(string prefix) => $"{prefix}{++_idCount}";
}
