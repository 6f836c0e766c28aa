using Microsoft.Extensions.AI;

namespace SessionManager.Chaos.Workers;

/// <summary>
/// A model that answers at once with what it has never said before, in no process.
/// </summary>
internal sealed class AnswerModel(string name) : IChatClient
{
    private int _answers;

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, $"{name}.answer.{Interlocked.Increment(ref _answers)}")));

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("No task asks for a stream.");

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
        // There is nothing that it holds.
    }
}
