using System.Runtime.CompilerServices;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal;

/// <summary>
/// Stands outside of function invocation in one run of an agent: what its tools return is stored at once, every message of a
/// stream has an id, and a service that keeps the conversation, too, does not get in the way.
/// </summary>
internal sealed class RecordingChatClient(IChatClient innerClient, AgentRun run) : DelegatingChatClient(innerClient)
{
    /// <summary>
    /// Adds this client to the options of a run.
    /// </summary>
    /// <returns>Other options; the given ones where they are of a kind that is not known.</returns>
    public static AgentRunOptions? AddTo(AgentRunOptions? options, AgentRun run)
    {
        var added = options switch
        {
            ChatClientAgentRunOptions chat => (ChatClientAgentRunOptions)chat.Clone(),
            null => new ChatClientAgentRunOptions(),
            _ when options.GetType() == typeof(AgentRunOptions) => new ChatClientAgentRunOptions
            {
                ContinuationToken = options.ContinuationToken,
                AllowBackgroundResponses = options.AllowBackgroundResponses,
                AdditionalProperties = options.AdditionalProperties,
                ResponseFormat = options.ResponseFormat,
            },
            _ => null,
        };
        if (added is null)
        {
            return options;
        }

        var inner = added.ChatClientFactory;
        added.ChatClientFactory = client => new RecordingChatClient(inner is null ? client : inner(client), run);
        return added;
    }

    /// <inheritdoc/>
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var lost = LinkToRun(cancellationToken);
        var response = await base.GetResponseAsync(Send(messages), Record(options), lost.Token).ConfigureAwait(false);
        response.ConversationId = WithoutService(response.ConversationId);
        return response;
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        UpdateIds? ids = null;
        using var lost = LinkToRun(cancellationToken);
        await foreach (var update in base.GetStreamingResponseAsync(Send(messages), Record(options), lost.Token).ConfigureAwait(false))
        {
            var identified = update.Clone();
            identified.ConversationId = WithoutService(update.ConversationId);
            // What is gone on with in the background belongs to the messages that its updates began with.
            if (options?.ContinuationToken is null)
            {
                ids ??= new UpdateIds(run.Find()?.Ids ?? new AnswerIds());
                ids.Identify(identified);
            }

            yield return identified;
        }
    }

    // Some services keep what they are sent, and say so. The history that is sent comes from the session, and only from there:
    // Agent Framework would refuse to have two once the model has been paid.
    private static string? WithoutService(string? conversationId) => conversationId == HistoryConflict.LocalHistoryId ? conversationId : null;

    // What is asked for in a run that was taken over, or is to stop, nobody waits for.
    private CancellationTokenSource LinkToRun(CancellationToken cancellationToken) =>
        CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, run.Find()?.Lost ?? CancellationToken.None);

    private ChatMessage[] Send(IEnumerable<ChatMessage> messages)
    {
        ChatMessage[] sent = [.. messages];
        run.Find()?.Send(sent);
        PendingApprovals.Restore(run.AgentSession, sent);
        return sent;
    }

    private ChatOptions? Record(ChatOptions? options)
    {
        var recorded = options?.Clone();
        recorded?.Tools = RecordedFunction.Wrap(recorded.Tools, _ => run.Find());
        recorded?.AdditionalProperties?.Remove(SessionRequest.PropertyName);
        return recorded;
    }
}
