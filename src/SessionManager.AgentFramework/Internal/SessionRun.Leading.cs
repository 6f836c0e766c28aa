using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal;

/// <content>
/// What <see cref="SessionAIAgent"/> does in the runs that it leads.
/// </content>
internal sealed partial class SessionRun
{
    private const string NotStoredName = "SessionManager.NotStored";

    // The caller may have cancelled, and waits for nothing but this.
    private static readonly TimeSpan RescueTimeout = TimeSpan.FromSeconds(10);

    private static readonly AsyncLocal<SessionRun?> CurrentRun = new();

    private readonly List<AgentResponseUpdate> _updates = [];
    private readonly HashSet<AIContent> _covered = new(ReferenceEqualityComparer.Instance);
    private int _coveredCount;
    private long? _modelCalledAt;
    private TimeSpan? _timeToFirstByte;

    /// <summary>
    /// Gets or sets the run that a <see cref="SessionAIAgent"/> leads in this flow of control.
    /// </summary>
    public static SessionRun? Current
    {
        get => CurrentRun.Value;
        set => CurrentRun.Value = value;
    }

    /// <summary>
    /// Gets the agent session that the run was started with, where it is led.
    /// </summary>
    public AgentSession? AgentSession { get; init; }

    /// <summary>
    /// Gets the provider that keeps the history of the run, where it is led.
    /// </summary>
    public SessionChatHistoryProvider? Provider { get; init; }

    /// <summary>
    /// Gets or sets a value indicating whether the history provider has been asked for anything.
    /// </summary>
    public bool WasAsked { get; set; }

    private bool IsLed => AgentSession is not null;

    /// <summary>
    /// Tells whether a call of the provider belongs to this run, and not to that of another agent inside of it.
    /// </summary>
    public bool Leads(AgentSession? agentSession, string agentId) =>
        ReferenceEquals(AgentSession, agentSession) && (AgentId is null || AgentId == agentId);

    /// <summary>
    /// Adds a part of a streamed response, which <see cref="RescueAsync"/> stores if there is no end to it.
    /// </summary>
    public void AddUpdate(AgentResponseUpdate update)
    {
        _timeToFirstByte ??= GetTimeSinceModelCall();
        _updates.Add(update);
    }

    /// <summary>
    /// Stores a response with what it cost.
    /// </summary>
    /// <param name="response">The response, or null for one that was streamed.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task CompleteAsync(AgentResponse? response, CancellationToken cancellationToken)
    {
        AddModelCall(response ?? _updates.ToAgentResponse());
        return CompleteAsync(cancellationToken);
    }

    /// <summary>
    /// Stores what has arrived of a response that has no end, and what it cost.
    /// </summary>
    /// <param name="error">What ended it, or null when the consumer has had enough.</param>
    public async Task RescueAsync(Exception? error)
    {
        if (!IsOpen)
        {
            return;
        }

        try
        {
            // What a service goes on with in the background comes again, whole.
            if (_updates is not [.., { ContinuationToken: not null }])
            {
                AddResponse(StoredMessages.GetInterrupted(AgentMessages.GetWithout(_updates.Skip(_coveredCount).ToAgentResponse(), _covered)));
            }

            if (_pending.Count > 0)
            {
                AddModelCall(_updates.ToAgentResponse());
            }

            using var timeout = new CancellationTokenSource(RescueTimeout, timeProvider);
            await CompleteAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (error is not null && e is not OutOfMemoryException)
        {
            // What ended the response is on its way to the caller, and matters more.
            error.Data[NotStoredName] = e;
        }
    }

    private void AddModelCall(AgentResponse response)
    {
        _agent!.Model ??= response.RawRepresentation is ChatResponse raw ? raw.ModelId : GetStreamedModel();
        _agent.Metrics.AddModelCall(response.Usage, GetTimeSinceModelCall(), _timeToFirstByte);
        _hasUnstoredMetrics = true;
    }

    private string? GetStreamedModel() =>
        _updates.Select(static update => (update.RawRepresentation as ChatResponseUpdate)?.ModelId).FirstOrDefault(static model => model is not null);

    private TimeSpan GetTimeSinceModelCall() =>
        _modelCalledAt is { } start ? timeProvider.GetElapsedTime(start) : TimeSpan.Zero;

    /// <summary>
    /// Notes that the history provider has been given all that has arrived. Function invocation passes calls on late, when it
    /// has been given their messages already.
    /// </summary>
    private void Cover(IEnumerable<ChatMessage> messages)
    {
        _coveredCount = _updates.Count;
        _covered.UnionWith(messages.SelectMany(static message => message.Contents));
    }
}
