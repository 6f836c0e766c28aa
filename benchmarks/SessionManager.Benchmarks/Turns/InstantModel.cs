using Microsoft.Extensions.AI;

namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// A model that answers at once, a kilobyte that it has not said before, and says what the call cost, as models do.
/// </summary>
internal sealed class InstantModel : WholeAnswerModel
{
    private int _answers;

    public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, TurnText.Create("answer", Interlocked.Increment(ref _answers))))
        {
            ModelId = "model-1",
            Usage = new UsageDetails { InputTokenCount = 100, OutputTokenCount = 50, TotalTokenCount = 150 },
        });
}
