using Microsoft.Extensions.AI;

namespace SessionManager.TestProcess;

/// <summary>
/// A run that never ends, because its model or its tool does not.
/// </summary>
internal static class StuckRun
{
    public static async Task StartAsync(IServiceProvider services, string[] words)
    {
        var (sessionId, agentId, isInModel, isInside, isStreaming) = (words[1], words[2], words[3] == "model", words[4] == "inside", words[5] == "streaming");
        var builder = new ChatClientBuilder(new Model(isInModel));
        using var client = isInside
            ? builder.UseFunctionInvocation().UseSessionManager(agentId).Build(services)
            : builder.UseSessionManager(agentId).UseFunctionInvocation().Build(services);
        var options = new ChatOptions { ConversationId = sessionId, Tools = [AIFunctionFactory.Create(() => StayAsync("tool"), "orders")] };
        if (isStreaming)
        {
            await client.GetStreamingResponseAsync("Where is my order?", options).LastAsync();
        }
        else
        {
            await client.GetResponseAsync("Where is my order?", options);
        }
    }

    private static Task StayAsync(string place)
    {
        Console.WriteLine($"in the {place}");
        return Task.Delay(Timeout.Infinite);
    }

    private sealed class Model(bool isStuck) : WholeAnswerModel
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages,
            ChatOptions? options = null,
            CancellationToken cancellationToken = default)
        {
            if (isStuck)
            {
                await StayAsync("model");
            }

            return new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("call-1", "orders")]));
        }
    }
}
