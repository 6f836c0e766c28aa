using Microsoft.Extensions.AI;

namespace SessionManager.Behavior.Model;

/// <summary>
/// Compares what happened with the story, and tells it on.
/// </summary>
internal sealed class StoryCheck(Story story, bool storesApprovals)
{
    private bool _hasLeftOut;

    /// <summary>
    /// Checks what the model was sent, call by call, while what it answered goes into the story.
    /// </summary>
    public void Sent(
        IReadOnlyList<ScriptedRequest> requests, IReadOnlyList<(int Round, AIContent[] Contents)> updates, int callCount, int? maxMessages)
    {
        _hasLeftOut |= maxMessages is not null;
        for (var i = 0; i < callCount; i++)
        {
            if (i < requests.Count)
            {
                CheckSent(requests[i], i == 0 ? maxMessages : null);
            }

            foreach (var message in PlannedStep.ToMessages(updates.Where(update => update.Round == i)))
            {
                story.Add(message);
            }
        }

        Assert.True(callCount == requests.Count, $"The model was called {requests.Count} times, and not {callCount}.");
    }

    /// <summary>
    /// Checks what is stored after a request.
    /// </summary>
    public void Stored(IReadOnlyList<SessionMessage> stored)
    {
        AssertLines("Stored", Join(story.Lines.Select(static line => line.Text)), Join(Line.Read(stored.Select(static message => message.Message)).Select(static line => line.Text)));
        Assert.Equal(Enumerable.Range(0, stored.Count), stored.Select(static message => message.Position));
        Assert.All(stored, static message => Assert.False(string.IsNullOrEmpty(message.Message.MessageId), "A stored message has no id."));

        // An edited message of the user keeps the id by which its client knows it.
        var others = stored.Where(static message => message.Message.Role != ChatRole.User).Select(static message => message.Message.MessageId).ToList();
        Assert.True(others.Count == others.Distinct().Count(), "Two stored messages have one id: " + string.Join(", ", others));
    }

    /// <summary>
    /// Checks what lists show after a run that has come to its end.
    /// </summary>
    public static void Listed(SessionInfo info, IReadOnlyList<SessionMessage> stored)
    {
        Assert.True(info.MessageCount == stored.Count, $"A list shows {info.MessageCount} messages of {stored.Count}.");
        var texts = stored.Select(static message => message.Message.Text.Trim());
        Assert.True(info.Preview is null || texts.Any(text => text.StartsWith(info.Preview.TrimEnd('…'), StringComparison.Ordinal)), $"A list shows '{info.Preview}', which nobody has said.");
    }

    /// <summary>
    /// Checks that each tool whose result is in the story ran once, and none else.
    /// </summary>
    public void ToolRuns(IReadOnlyDictionary<int, int> runs)
    {
        var expected = story.Lines.Where(static line => line.IsResult && !line.IsOfClient).Select(static line => $"{line.CallId} once").Order();
        Assert.Equal(expected, runs.Select(static run => $"c{run.Key} " + (run.Value == 1 ? "once" : $"{run.Value} times")).Order());
    }

    /// <summary>
    /// Checks that a response says what is stored, under the same ids.
    /// </summary>
    /// <param name="response">The response.</param>
    /// <param name="stored">What is stored.</param>
    /// <param name="updates">What it must say.</param>
    /// <param name="hasStoredId">Whether a line must come with the id that it is stored with.</param>
    public static void Response(
        ChatResponse response, IReadOnlyList<SessionMessage> stored, IReadOnlyList<(int Round, AIContent[] Contents)> updates, Predicate<string> hasStoredId)
    {
        var expected = Line.Read(PlannedStep.ToMessages(updates).Select(static contents => new ChatMessage(contents[0] is FunctionResultContent ? ChatRole.Tool : ChatRole.Assistant, contents)));
        AssertLines("Response", expected.Select(static line => line.Text), Line.Read(response.Messages).Select(static line => line.Text));

        // Results that came together are stored one by one, and the first names them.
        var known = Line.Read(stored.Select(static message => message.Message)).ToLookup(static line => line.Text, static line => line.Id);
        var named = response.Messages.Select(static message => Line.Read([message]).FirstOrDefault()).Where(line => line.Text is not null && hasStoredId(line.Text));
        Assert.All(named, line => Assert.True(known[line.Text].Contains(line.Id), $"'{line.Text}' came with the id {line.Id}, and is stored with {string.Join(", ", known[line.Text])}."));
    }

    private void CheckSent(ScriptedRequest request, int? maxMessages)
    {
        var told = story.Tell();
        var sent = Line.Read(request.Messages).Select(static line => line.Text).ToList();
        if (!_hasLeftOut)
        {
            AssertLines($"Call {request.Number} sent", told, sent);
            return;
        }

        AssertLines($"Call {request.Number} sent", told.TakeLast(Math.Max(sent.Count, 1)), sent);
        Assert.StartsWith("user: ", sent[0], StringComparison.Ordinal);
        var turnCount = sent.Count(static line => line.StartsWith("user: ", StringComparison.Ordinal));

        // What the library says of a call without a result is no stored message.
        var unknownCount = sent.Count(static line => line.EndsWith(Line.Unknown, StringComparison.Ordinal));
        var messageCount = request.Messages.Sum(static message => message.Role == ChatRole.Tool ? message.Contents.Count : 1) - unknownCount;

        // What a request brings is sent whole, however small the window.
        var newCount = sent.AsEnumerable().Reverse().TakeWhile(static line => line.StartsWith("user: ", StringComparison.Ordinal)).Count();
        Assert.True(
            maxMessages is null || turnCount == 1 || messageCount <= Math.Max(maxMessages.Value, newCount), $"A window of {maxMessages} messages has {messageCount}:\n{Show(sent)}");
    }

    // Per model call, Agent Framework hands over what was approved, and not that it was.
    // A call that needs approval is stored when it is asked for, when it is made, or both; that it was rejected is said by the user.
    private IEnumerable<string> Join(IEnumerable<string> lines)
    {
        HashSet<string> known = [];
        return lines.Where(line =>
            line.EndsWith(Line.Rejected, StringComparison.Ordinal) ? !known.Add(line)
            : line.StartsWith("user: yes ", StringComparison.Ordinal) || line.StartsWith("user: no ", StringComparison.Ordinal) ? storesApprovals
            : !line.StartsWith("assistant: call " + Names.ApprovedTool, StringComparison.Ordinal) || known.Add(line));
    }

    private static void AssertLines(string what, IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var (expectedText, actualText) = (Show(expected), Show(actual));
        Assert.True(expectedText == actualText, $"{what}:\n{actualText}\nexpected:\n{expectedText}");
    }

    // Results of one message of calls have no order of their own.
    private static string Show(IEnumerable<string> lines) => string.Join('\n', Sort([.. lines]).Select(static line => "    " + line));

    private static string[] Sort(string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            var count = lines.Skip(i).TakeWhile(static line => line.StartsWith("tool: ", StringComparison.Ordinal)).Count();
            Array.Sort(lines, i, count, StringComparer.Ordinal);
            i += count;
        }

        return lines;
    }
}
