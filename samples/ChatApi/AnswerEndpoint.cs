using System.ComponentModel;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.AI;
using SessionManager;
using WorkerSample;

namespace ChatApi;

internal static class AnswerEndpoint
{
    public const string AgentId = "support";

    private const string Instructions = "You are a friendly support agent of a furniture shop.";

    /// <summary>Sends a message and streams the answer.</summary>
    /// <remarks>
    /// Each `text` event has a part of the answer. The last event is `done`, with the id of the stored answer, which feedback
    /// takes, and the tokens that it took, or `error`. What has been streamed is stored, even when the client goes away.
    /// </remarks>
    public static async Task<ServerSentEventsResult<AnswerEvent>> PostAsync(
        [Description("The id of the session. The first message creates it.")] string sessionId,
        MessageRequest request,
        ISessionManagerFactory sessions,
        IChatClient model,
        ILogger<Program> logger,
        CancellationToken cancellationToken)
    {
        await using var session = sessions.Create(sessionId);
        await session.CreateSessionAsync(new Dictionary<string, object?> { ["channel"] = "web" }, cancellationToken);

        // A request that is sent again with the same id is the same message.
        var message = new ChatMessage(ChatRole.User, request.Text) { MessageId = request.MessageId };
        var answer = AnswerAsync(sessionId, message, model, cancellationToken);
        return TypedResults.ServerSentEvents(EndWithErrorAsync(answer, logger, cancellationToken));
    }

    private static async IAsyncEnumerable<SseItem<AnswerEvent>> AnswerAsync(
        string sessionId,
        ChatMessage message,
        IChatClient model,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // With the id of the session the pipeline loads the history, and stores what is said.
        var options = new ChatOptions { ConversationId = sessionId, Instructions = Instructions, Tools = OrderDesk.Tools };
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in model.GetStreamingResponseAsync(message, options, cancellationToken))
        {
            updates.Add(update);
            if (update.Text.Length > 0)
            {
                yield return new SseItem<AnswerEvent>(new AnswerEvent { Text = update.Text }, "text");
            }
        }

        // The last update says which message the answer is stored as.
        var response = updates.ToChatResponse();
        yield return new SseItem<AnswerEvent>(
            new AnswerEvent
            {
                MessageId = updates[^1].MessageId,
                Position = updates[^1].GetStoredPosition(),
                InputTokens = response.Usage?.InputTokenCount,
                OutputTokens = response.Usage?.OutputTokenCount,
            },
            "done");
    }

    // Once a part of the answer is sent, it is too late for a status code.
    private static async IAsyncEnumerable<SseItem<AnswerEvent>> EndWithErrorAsync(
        IAsyncEnumerable<SseItem<AnswerEvent>> answer,
        ILogger logger,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var parts = answer.GetAsyncEnumerator(cancellationToken);
        var isStarted = false;
        SseItem<AnswerEvent>? error = null;
        while (error is null)
        {
            try
            {
                if (!await parts.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (Exception exception) when (isStarted && exception is not OperationCanceledException)
            {
                logger.LogError(exception, "An answer has broken off.");
                error = new SseItem<AnswerEvent>(new AnswerEvent { Error = "The answer has broken off." }, "error");
            }

            yield return error ?? parts.Current;
            isStarted = true;
        }
    }
}
