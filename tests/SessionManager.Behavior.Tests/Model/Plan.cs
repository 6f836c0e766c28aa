using Microsoft.Extensions.AI;

namespace SessionManager.Behavior.Model;

/// <summary>
/// What the model answers to one request, call by call, and what comes of it, update by update.
/// </summary>
internal sealed class Plan
{
    private readonly List<AIContent[]> _rounds = [];

    private Plan()
    {
    }

    /// <summary>
    /// Gets the contents of each answer of the model.
    /// </summary>
    public IReadOnlyList<AIContent[]> Rounds => _rounds;

    /// <summary>
    /// Gets what the caller gets to see, update by update, and in answer to which call of the model.
    /// </summary>
    public IReadOnlyList<(int Round, AIContent[] Contents)> Updates
    {
        get
        {
            List<(int Round, AIContent[] Contents)> updates = [];
            for (var i = 0; i < _rounds.Count; i++)
            {
                // Function invocation passes calls on together, when all of them have come.
                updates.AddRange(_rounds[i].OfType<TextContent>().Select(text => (i, new AIContent[] { text })));
                if (_rounds[i].OfType<FunctionCallContent>().ToArray() is { Length: > 0 } calls)
                {
                    updates.Add((i, [.. calls.Select(ToSeen)]));
                }

                if (_rounds[i].OfType<FunctionCallContent>().Where(static call => call.Name is not (Names.ClientTool or Names.ApprovedTool)).Select(Names.GetResult).ToArray() is { Length: > 0 } results)
                {
                    updates.Add((i, results));
                }
            }

            return updates;
        }
    }

    private static AIContent ToSeen(FunctionCallContent call) =>
        call.Name == Names.ApprovedTool ? new ToolApprovalRequestContent(call.CallId, call) : call;

    public static Plan Create(Turn turn, Names names)
    {
        var plan = new Plan();
        switch (turn)
        {
            case Turn.Tool:
                plan._rounds.Add([names.Call("pay")]);
                break;
            case Turn.ToolAfterText:
                plan._rounds.Add([names.Text("wait"), names.Call("pay")]);
                break;
            case Turn.ParallelTools:
                plan._rounds.Add([names.Call("pay"), names.Call("look")]);
                break;
            case Turn.TwoTools:
                plan._rounds.Add([names.Call("look")]);
                plan._rounds.Add([names.Call("pay")]);
                break;
            case Turn.ClientTool:
                plan._rounds.Add([names.Call(Names.ClientTool)]);
                return plan;
            case Turn.Approval:
                var call = names.Call(Names.ApprovedTool);
                plan._rounds.Add([call]);
                return plan;
            default:
                break;
        }

        plan._rounds.Add([names.Text("a"), new TextContent("+"), new TextContent("+")]);
        return plan;
    }
}
