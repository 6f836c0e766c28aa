namespace SessionManager;

/// <summary>
/// Tells what had to be changed in a history so that model providers accept it. What is stored was not changed.
/// </summary>
/// <remarks>
/// <para>
/// Providers refuse a tool call without its result, as a process leaves it that is killed between the two, and a result
/// without its call. <c>FunctionInvokingChatClient</c> refuses a request for approval without an answer, and carries out
/// what was approved as long as there is no result.
/// </para>
/// <para>
/// Not counted is what only changes the form: requests for approval that were carried out, and their answers, are left out,
/// and results that stand in a message of the user, as the Python library writes them, come in one of the tool role.
/// </para>
/// </remarks>
public sealed record HistoryRepair
{
    /// <summary>
    /// Gets the repair of a history in which nothing was wrong.
    /// </summary>
    public static HistoryRepair None { get; } = new();

    /// <summary>
    /// Gets the number of tool calls without a result that were given one that says that the outcome is not known.
    /// </summary>
    public int InterruptedCallCount { get; init; }

    /// <summary>
    /// Gets the number of tool results without a call, or for a call that has another one, that were left out.
    /// </summary>
    public int OrphanResultCount { get; init; }

    /// <summary>
    /// Gets the number of tool results that stood apart from their call and were brought together with it.
    /// </summary>
    public int MovedResultCount { get; init; }

    /// <summary>
    /// Gets the number of requests for approval or input that were never answered, or whose answer was never acted on.
    /// </summary>
    /// <value>
    /// The function calls that were to be approved count as <see cref="InterruptedCallCount"/> too. Other requests were left out.
    /// </value>
    public int UnansweredApprovalCount { get; init; }

    /// <summary>
    /// Gets the number of answers without a request for approval or input, or to one that has another answer, that were left out.
    /// </summary>
    public int OrphanApprovalCount { get; init; }

    /// <summary>
    /// Gets the number of messages from which blank texts were left out, or that were left out whole because they say nothing.
    /// </summary>
    public int BlankMessageCount { get; init; }

    /// <summary>
    /// Gets the number of interrupted messages from which a thought was left out that its provider had not signed yet.
    /// </summary>
    public int UnsignedThoughtCount { get; init; }

    /// <summary>
    /// Gets a value indicating whether nothing was wrong.
    /// </summary>
    public bool IsEmpty => this == None;
}
