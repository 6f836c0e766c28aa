using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Chat;

internal sealed partial class SessionChatClient
{
    /// <inheritdoc/>
    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return options is { ConversationId: { } sessionId }
            ? StreamAsync(sessionId, messages, options, cancellationToken)
            : base.GetStreamingResponseAsync(messages, options, cancellationToken);
    }

    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(
        string sessionId,
        IEnumerable<ChatMessage> messages,
        ChatOptions options,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var incoming = new IncomingMessages(messages);
        var run = GetRun(sessionId, incoming, options);
        var isKept = false;
        try
        {
            await run.BeginAsync(incoming, cancellationToken).ConfigureAwait(false);

            var call = new ModelCall(timeProvider);
            var updates = new List<ChatResponseUpdate>();
            var isComplete = false;
            try
            {
                var stream = base.GetStreamingResponseAsync(run.CreateRequest(), ToInner(options), cancellationToken);
                await foreach (var update in stream.ConfigureAwait(false))
                {
                    call.PartReceived();
                    updates.Add(update);
                    yield return CreateCopy(update, sessionId);
                }

                isComplete = true;
            }
            finally
            {
                // The model has failed, or the consumer has had enough.
                if (!isComplete)
                {
                    await InterruptAsync(run, call, updates).ConfigureAwait(false);
                }
            }

            isKept = await EndAsync(run, call, updates.ToChatResponse(), options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!isKept)
            {
                await run.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    // The update itself stays as it is, for both sides keep it. Function invocation further out puts requests for approval
    // in place of calls; function invocation further in would take the id for one of the model's own, and rely on it.
    private static ChatResponseUpdate CreateCopy(ChatResponseUpdate update, string sessionId)
    {
        var copy = update.Clone();
        copy.Contents = [.. update.Contents];
        copy.ConversationId = sessionId;
        return copy;
    }
}
