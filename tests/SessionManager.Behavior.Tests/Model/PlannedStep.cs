using Microsoft.Extensions.AI;

namespace SessionManager.Behavior.Model;

/// <summary>
/// How far the plan of the model comes in one step.
/// </summary>
internal sealed class PlannedStep
{
    private readonly List<ScriptedAnswer> _answers = [];

    public PlannedStep(Step step, Plan plan)
    {
        Outcome = step.Outcome;
        IsStreamed = step.IsStreamed || step.Outcome == Outcome.Cut;
        var failing = step.Outcome == Outcome.Failed ? step.At % plan.Rounds.Count : -1;

        // A call in an answer that fails was seen by nobody: it is neither made nor told.
        var partCount = failing >= 0 && IsStreamed ? Math.Min(step.PartCount, plan.Rounds[failing].Count(static content => content is TextContent)) : 0;
        Updates = step.Outcome switch
        {
            Outcome.Failed =>
            [
                .. plan.Updates.TakeWhile(update => update.Round < failing),
                .. plan.Rounds[failing].Take(partCount).Select(content => (failing, new[] { content })),
            ],
            Outcome.Cut => [.. plan.Updates.Take(1 + (step.At % plan.Updates.Count))],
            _ => plan.Updates,
        };
        CallCount = failing >= 0 ? failing + 1 : Updates[^1].Round + 1;
        for (var i = 0; i < plan.Rounds.Count; i++)
        {
            _answers.Add(i == failing ? new ScriptedAnswer(plan.Rounds[i][..partCount]) { Failure = new ModelFailedException() } : new ScriptedAnswer(plan.Rounds[i]));
        }
    }

    public Outcome Outcome { get; }

    public bool IsStreamed { get; }

    public IReadOnlyList<ScriptedAnswer> Answers => _answers;

    /// <summary>
    /// Gets what the caller gets to see, or would if it were streamed.
    /// </summary>
    public IReadOnlyList<(int Round, AIContent[] Contents)> Updates { get; }

    /// <summary>
    /// Gets the number of times that the model is called.
    /// </summary>
    public int CallCount { get; }

    /// <summary>
    /// Gets <see cref="Updates"/> as messages.
    /// </summary>
    public IEnumerable<AIContent[]> SeenMessages => ToMessages(Updates);

    /// <summary>
    /// Puts updates together that are one message.
    /// </summary>
    public static IEnumerable<AIContent[]> ToMessages(IEnumerable<(int Round, AIContent[] Contents)> updates) => updates
        .GroupBy(static update => (update.Round, update.Contents[0] is FunctionResultContent))
        .Select(static group => group.SelectMany(static update => update.Contents).ToArray());
}

internal sealed class ModelFailedException() : Exception("The model has failed.");
