using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// A model that answers at once, a kilobyte that it has not said before, and says what the call cost, as models do.
/// </summary>
internal sealed class InstantModel : IChatClient
{
    private int _answers;

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, TurnText.Create("answer", Interlocked.Increment(ref _answers))))
        {
            ModelId = "model-1",
            Usage = new UsageDetails { InputTokenCount = 100, OutputTokenCount = 50, TotalTokenCount = 150 },
        });

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
        {
            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
        // There is nothing that it holds.
    }
}
