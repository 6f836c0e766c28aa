using Microsoft.Extensions.AI;

namespace SessionManager.Behavior.Model;

/// <summary>
/// The conversation as a person would tell it: what must be stored, and what a model must be sent.
/// </summary>
internal sealed class Story
{
    private readonly List<Line> _lines = [];

    // What the user has said since the last whole answer.
    private readonly List<Line> _unanswered = [];
    private List<Line> _answersAskedAgain = [];
    private int _messageCount;
    private int _countAtEnd;
    private bool _isWhole;

    public IReadOnlyList<Line> Lines => _lines;

    /// <summary>
    /// Counts the first messages of a request that the story has, and that have no whole answer: where nothing else tells
    /// whether they are said again, that does.
    /// </summary>
    public int CountUnanswered(IReadOnlyList<string> request) => Enumerable.Range(0, Math.Min(request.Count, _unanswered.Count) + 1)
        .Last(count => _unanswered.TakeLast(count).Select(static line => line.Text).SequenceEqual(request.Take(count)));

    /// <summary>
    /// Gets a value indicating whether all that was said has a whole answer.
    /// </summary>
    public bool IsAnswered => _isWhole && _lines[^1].IsAnswer;

    public bool HasResult(string callId) => _lines.Exists(line => line.IsResult && line.CallId == callId);

    public Line AddUser(string text)
    {
        var line = new Line($"user: {text}") { Message = ++_messageCount };
        _lines.Add(line);
        _unanswered.Add(line);
        return line;
    }

    public Line AddResult(string callId)
    {
        var line = new Line(ShowResult(callId)) { Message = ++_messageCount, CallId = callId, IsOfClient = true };
        _lines.Add(line);
        return line;
    }

    public Line AddApproval(ToolApprovalResponseContent response)
    {
        var call = (FunctionCallContent)response.ToolCall;
        var line = new Line($"user: {(response.Approved ? "yes" : "no")} {call.CallId}") { Message = ++_messageCount, IsOfApproval = true };
        _lines.Add(line);
        _lines.Add(new Line(response.Approved ? ShowResult(call.CallId) : $"tool: {call.CallId} = {Line.Rejected}")
        {
            Message = ++_messageCount,
            CallId = call.CallId,
            IsOfClient = !response.Approved,
        });
        return line;
    }

    public bool HasApproval(string callId) => _lines.Exists(line => line.IsOfApproval && line.Text.StartsWith("user: ", StringComparison.Ordinal) && line.Text.EndsWith(' ' + callId, StringComparison.Ordinal));

    /// <summary>
    /// Edits a message of the user: in place as long as nothing has followed it.
    /// </summary>
    public Line Edit(Line line, string text)
    {
        if (_lines[^1] != line)
        {
            return AddUser(text);
        }

        line.Text = $"user: {text}";
        return line;
    }

    /// <summary>
    /// Asks again for an answer: the one that was given, or a part of it, does not count in it. What tools have done does.
    /// </summary>
    public void AskAgain()
    {
        if (_lines[^1].IsAnswer)
        {
            _answersAskedAgain = [.. _lines.Skip(_lines.FindLastIndex(static line => line.IsUser) + 1).Where(static line => line.IsAnswer)];
        }
    }

    /// <summary>
    /// Goes on with contents that the caller got, each list with those of one answer of the model, or with results of its calls.
    /// </summary>
    public void Add(IReadOnlyCollection<AIContent> contents)
    {
        if (contents.Count == 0)
        {
            return;
        }

        if (contents.First() is not FunctionResultContent)
        {
            _answersAskedAgain.ForEach(static line => line.IsSuperseded = true);
        }

        _messageCount++;
        var isAnswer = contents.All(static content => content is TextContent);
        var text = string.Concat(contents.OfType<TextContent>().Select(static content => content.Text));
        if (text.Length > 0)
        {
            _lines.Add(new Line($"assistant: {text}") { Message = _messageCount, IsAnswer = isAnswer });
        }

        foreach (var content in contents)
        {
            if (content is FunctionCallContent call)
            {
                _lines.Add(new Line($"assistant: call {call.Name} {call.CallId}") { Message = _messageCount, CallId = call.CallId });
            }
            else if (content is ToolApprovalRequestContent request)
            {
                var asked = (FunctionCallContent)request.ToolCall;
                _lines.Add(new Line($"assistant: call {asked.Name} {asked.CallId}") { Message = _messageCount, CallId = asked.CallId });
            }
            else if (content is FunctionResultContent result)
            {
                _lines.Add(new Line(ShowResult(result.CallId)) { Message = _messageCount, CallId = result.CallId });
            }
        }
    }

    /// <summary>
    /// Ends a request.
    /// </summary>
    public void End(bool isWhole)
    {
        _answersAskedAgain = [];
        _isWhole = isWhole || (_isWhole && _lines.Count == _countAtEnd);
        _countAtEnd = _lines.Count;
        if (isWhole && _lines[^1].IsAnswer)
        {
            _unanswered.Clear();
        }
    }

    /// <summary>
    /// Gets what a model must be sent now: results right behind their calls, and nothing that was replaced.
    /// </summary>
    public List<string> Tell()
    {
        List<string> told = [];
        List<Line> calls = [];
        foreach (var line in _lines.Where(line => !line.IsResult && !line.IsOfApproval && !line.IsSuperseded && !_answersAskedAgain.Contains(line)))
        {
            if (calls.Count > 0 && calls[0].Message != line.Message)
            {
                AddResults(told, calls);
            }

            told.Add(line.Text);
            if (line.IsCall)
            {
                calls.Add(line);
            }
        }

        AddResults(told, calls);
        return told;
    }

    private void AddResults(List<string> told, List<Line> calls)
    {
        told.AddRange(calls.Select(call => _lines.Find(line => line.IsResult && line.CallId == call.CallId)?.Text ?? $"tool: {call.CallId} = {Line.Unknown}"));
        calls.Clear();
    }

    private static string ShowResult(string callId) => $"tool: {callId} = {Names.GetResult(callId)}";
}
