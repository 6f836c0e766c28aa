namespace SessionManager.Behavior.Model;

/// <summary>
/// The messages whose ids a client sends.
/// </summary>
internal enum Ids
{
    None,
    OfUser,
    OfAssistant,
    All,

    /// <summary>
    /// As <see cref="All"/>, but the client has made those of the assistant's messages itself, as many do that show them.
    /// </summary>
    Invented,
}

/// <summary>
/// What the client of one session is like, and all that it does.
/// </summary>
internal sealed record Script
{
    public Ids Ids { get; init; }

    /// <summary>
    /// Gets a value indicating whether the client forgets a message of the user that got no answer when the next is sent.
    /// </summary>
    public bool DropsFailed { get; init; }

    /// <summary>
    /// Gets a value indicating whether the client keeps what it has seen of an answer that was cut.
    /// </summary>
    public bool KeepsHalf { get; init; }

    /// <summary>
    /// Gets a value indicating whether there is a tool that needs approval.
    /// </summary>
    public bool HasApproval => Steps.Any(static step => step.Turn == Turn.Approval);

    public IReadOnlyList<Step> Steps { get; init; } = [];

    public override string ToString() =>
        $"ids {Ids}{(DropsFailed ? ", drops failed messages" : "")}{(KeepsHalf ? ", keeps half answers" : "")}:\n"
        + string.Join('\n', Steps.Select(static (step, i) => $"  {i + 1}. {step}"));
}
