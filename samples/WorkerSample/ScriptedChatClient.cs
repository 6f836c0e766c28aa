using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace WorkerSample;

/// <summary>
/// Stands in for a model, so that the sample runs without a network. It answers from what it is sent, as a model does:
/// what is not in the history it does not know.
/// </summary>
internal sealed class ScriptedChatClient(TimeSpan delay) : IChatClient
{
    public const string ModelId = "scripted-support-1";

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        await Task.Delay(delay, cancellationToken);
        return Answer([.. messages]);
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var response = Answer([.. messages]);
        var isFirst = true;
        foreach (var update in response.ToChatResponseUpdates().SelectMany(SplitIntoWords))
        {
            if (!isFirst)
            {
                await Task.Delay(delay, cancellationToken);
            }

            isFirst = false;
            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }

    private static ChatResponse Answer(ChatMessage[] history)
    {
        var contents = Choose(history);
        var inputTokens = history.Sum(message => CountTokens(message.Contents));
        var outputTokens = CountTokens(contents);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, contents) { MessageId = $"message-{Guid.NewGuid():N}" })
        {
            ModelId = ModelId,
            Usage = new UsageDetails
            {
                InputTokenCount = inputTokens,
                OutputTokenCount = outputTokens,
                TotalTokenCount = inputTokens + outputTokens,
            },
        };
    }

    private static IEnumerable<ChatResponseUpdate> SplitIntoWords(ChatResponseUpdate update)
    {
        if (update.Contents is not [TextContent { Text: var text }])
        {
            return [update];
        }

        return text.Split(' ').Select((word, i) => new ChatResponseUpdate(update.Role, i == 0 ? word : $" {word}")
        {
            MessageId = update.MessageId,
            ModelId = update.ModelId,
        });
    }

    private static IList<AIContent> Choose(ChatMessage[] history)
    {
        var last = history[^1];
        var callId = $"call-{history.Length}";
        if (last.Contents.OfType<FunctionResultContent>().LastOrDefault() is { } result)
        {
            return [new TextContent($"{result.Result} Anything else?")];
        }

        return last.Text switch
        {
            var text when text.Contains("where is", StringComparison.OrdinalIgnoreCase) =>
                [new FunctionCallContent(callId, "get_order", new Dictionary<string, object?> { ["number"] = 4711 })],
            var text when text.Contains("deliver", StringComparison.OrdinalIgnoreCase) =>
                [
                    new TextReasoningContent("The customer wants another address. The order is only packed, so it can still be changed."),
                    new FunctionCallContent(callId, "change_address", new Dictionary<string, object?> { ["number"] = 4711, ["address"] = "7 New Lane" }),
                ],
            var text when text.Contains("remember", StringComparison.OrdinalIgnoreCase) => [new TextContent(Recall(history))],
            _ => [new TextContent("Hello, how can I help?")],
        };
    }

    private static string Recall(ChatMessage[] history)
    {
        var questions = history.Where(message => message.Role == ChatRole.User).SkipLast(1).Select(message => $"\"{message.Text}\"").ToArray();
        return questions.Length == 0
            ? "This is the first that I hear from you."
            : $"Of course. You have told me {questions.Length} things: {string.Join(", ", questions)}.";
    }

    private static int CountTokens(IEnumerable<AIContent> contents) => contents.Sum(content => 4 + (content switch
    {
        TextContent text => text.Text.Length,
        TextReasoningContent reasoning => reasoning.Text.Length,
        FunctionCallContent call => call.Name.Length + (12 * call.Arguments?.Count ?? 0),
        FunctionResultContent result => result.Result?.ToString()?.Length ?? 0,
        _ => 0,
    }) / 4);
}
