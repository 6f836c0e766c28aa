using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.History;

/// <summary>Generates histories of whole turns, and what becomes of them when messages are lost, doubled and moved.</summary>
internal static class HistoryGenerators
{
    // Few ids, so that they come again in later turns.
    private static readonly Gen<string> Id = Gen.Elements("1", "2", "3", "4", "5");

    private static readonly Gen<string[]> Ids = Gen.Choose(1, 3).SelectMany(count => Gen.Shuffle("1", "2", "3", "4", "5").Select(ids => ids[..count]));

    /// <summary>A turn in which nothing is to be changed.</summary>
    private static readonly Gen<string> PlainTurn = Gen.OneOf(
        Gen.Elements("U hi | A hello", "S rules | U hi | A hello", "U hi | A hosted1 | A hello", "U hi | A hostedask1 | U hostedyes1 | A hello", "U hi"),
        from ids in Ids
        from together in Gen.Elements(true, false)
        from text in Gen.Elements("A hello, ", "A ")
        select $"U hi | {text}{All("call", ids)} | {(together ? $"T {All("result", ids)}" : string.Join(" | ", ids.Select(id => $"T result{id}")))} | A done");

    /// <summary>A turn that is as valid, in a form that not every provider's client reads.</summary>
    private static readonly Gen<string> OtherTurn = Gen.OneOf(
        Ids.Select(ids => $"U hi | A {All("call", ids)} | U {All("result", ids)}, go on | A done"),
        Id.Select(id => $"U hi | A call{id}, result{id}, done"),
        Ids.Select(ids => $"U hi | A see, {All("ask", ids)} | U {All("yes", ids)} | A {All("call", ids)} | T {All("result", ids)} | A done"),
        Id.Select(id => $"U hi | A ask{id} | U no{id} | A call{id} | T result{id} | A done"));

    /// <summary>A turn that was not carried to its end.</summary>
    private static readonly Gen<string> BrokenTurn = Gen.OneOf(
        Ids.Select(ids => $"U hi | A {All("call", ids)}"),
        Ids.Select(ids => $"U hi | A {All("ask", ids)}"),
        Id.Select(id => $"U hi | A ask{id} | U yes{id} | A call{id}"),
        Gen.Elements("U hi | A hostedask1", "U hi | A input1", "U yes1", "T result2", "U reply1", "A input2 | U reply2 | A fine"));

    public static Gen<List<ChatMessage>> Valid { get; } = Join(PlainTurn);

    public static Gen<List<ChatMessage>> ValidInAnyForm { get; } = Join(Gen.OneOf(PlainTurn, OtherTurn));

    public static Gen<List<ChatMessage>> Broken { get; } =
        from history in Join(Gen.OneOf(PlainTurn, OtherTurn, BrokenTurn))
        from faults in Gen.Choose(0, 4).SelectMany(count => Gen.ListOf(Gen.Choose(0, 1000).SelectMany(_ => Gen.Choose(0, 1000), (a, b) => (a, b)), count))
        select Damage(history, faults);

    /// <summary>A broken history with messages that may follow it: text, or answers to some of what it leaves open.</summary>
    public static Gen<(List<ChatMessage> History, List<ChatMessage> NewMessages)> BrokenAndNew { get; } =
        from history in Broken
        from kind in Gen.Choose(0, 3)
        from text in Gen.Elements("", "U more")
        select (history, (List<ChatMessage>)[.. kind == 0 ? [] : Answer(history, kind), .. HistoryNotation.Parse(text)]);

    private static Gen<List<ChatMessage>> Join(Gen<string> turns) =>
        turns.ListOf().Select(list => HistoryNotation.Parse(string.Join(" | ", list.Take(12))));

    private static string All(string kind, string[] ids) => string.Join(", ", ids.Select(id => kind + id));

    private static List<ChatMessage> Damage(List<ChatMessage> history, IEnumerable<(int From, int To)> faults)
    {
        foreach (var (from, to) in faults.Where(_ => history.Count > 0))
        {
            var message = history[from % history.Count];
            if (from % 3 != 0)
            {
                history.RemoveAt(from % history.Count);
            }

            if (from % 3 != 1)
            {
                history.Insert(to % (history.Count + 1), message);
            }
        }

        return history;
    }

    /// <summary>
    /// Answers calls or requests that the history leaves open, at most as many as the number says.
    /// </summary>
    private static IEnumerable<ChatMessage> Answer(List<ChatMessage> history, int count)
    {
        List<AIContent> results = [];
        List<AIContent> responses = [];
        var contents = history.SelectMany(message => message.Contents).Reverse().ToList();
        foreach (var id in contents.Select(GetId).OfType<string>().Distinct().Take(count))
        {
            // The latest word on this id.
            var last = contents.First(content => GetId(content) == id);
            if (last is FunctionCallContent)
            {
                results.Add(new FunctionResultContent(id, "late"));
            }
            else if (last is ToolApprovalRequestContent request)
            {
                responses.Add(request.CreateResponse(count % 2 == 0));
            }
        }

        if (results.Count > 0)
        {
            yield return new ChatMessage(ChatRole.Tool, results);
        }

        if (responses.Count > 0)
        {
            yield return new ChatMessage(ChatRole.User, responses);
        }
    }

    private static string? GetId(AIContent content) => content switch
    {
        FunctionCallContent call => call.CallId,
        FunctionResultContent result => result.CallId,
        ToolApprovalRequestContent { ToolCall: FunctionCallContent call } => call.CallId,
        ToolApprovalResponseContent { ToolCall: FunctionCallContent call } => call.CallId,
        _ => null,
    };
}
