using System.Text;

namespace SessionManager.Behavior.Model;

/// <summary>
/// What a client wants with a request. What makes no sense where it stands is the nearest thing that does, so that every part of a
/// script is one, too.
/// </summary>
internal enum Intent
{
    Say,
    SayTheSameAgain,
    Retry,
    Edit,
    AnswerTool,

    /// <summary>
    /// Says no where approval is asked for. Anything else there says yes: nothing is said before that.
    /// </summary>
    Reject,
}

/// <summary>
/// How much of the conversation a request has.
/// </summary>
internal enum Shape
{
    NewOnly,
    Transcript,
    LastMessages,
}

/// <summary>
/// What the model does with a request.
/// </summary>
internal enum Turn
{
    Text,
    Tool,
    ToolAfterText,
    ParallelTools,
    TwoTools,
    ClientTool,
    Approval,
}

/// <summary>
/// How a request ends.
/// </summary>
internal enum Outcome
{
    Answered,
    Lost,
    Failed,
    Cut,
}

/// <summary>
/// One request.
/// </summary>
internal sealed record Step
{
    public Intent Intent { get; init; }

    public Shape Shape { get; init; }

    /// <summary>
    /// Gets the number of messages of <see cref="Shape.LastMessages"/>.
    /// </summary>
    public int MessageCount { get; init; } = 2;

    public Turn Turn { get; init; }

    public Outcome Outcome { get; init; }

    /// <summary>
    /// Gets where the request is cut, or fails: a number of updates, or of model calls, of those that there are.
    /// </summary>
    public int At { get; init; }

    /// <summary>
    /// Gets the number of updates that have come of the answer when the model fails.
    /// </summary>
    public int PartCount { get; init; }

    public bool IsStreamed { get; init; }

    public bool Restarts { get; init; }

    /// <summary>
    /// Gets the window from here on, where the process restarts; 0 for none.
    /// </summary>
    public int MaxMessages { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder();
        if (Restarts)
        {
            text.Append("restart").Append(MaxMessages > 0 ? $" with MaxMessages = {MaxMessages}" : "").Append("; ");
        }

        text.Append(Intent).Append(' ').Append(Shape == Shape.LastMessages ? $"with the last {MessageCount}" : Shape == Shape.NewOnly ? "new only" : "with transcript");
        text.Append(" → ").Append(Turn).Append(", ").Append(Outcome switch
        {
            Outcome.Failed => $"fails at model call {At}" + (IsStreamed ? $" after {PartCount} updates" : ""),
            Outcome.Cut => $"cut behind update {At}",
            Outcome.Lost => "answer lost",
            _ => "answered",
        });
        return text.Append(IsStreamed ? ", streamed" : "").ToString();
    }
}
