using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace SessionManager.Benchmarks.Silence;

/// <summary>
/// A model that answers all of its callers at one time.
/// </summary>
internal sealed class WaitingModel(string text) : IChatClient
{
    private TaskCompletionSource _reached = new();
    private TaskCompletionSource _answer = new();
    private int _missing;

    /// <summary>
    /// Gets a task that ends when so many callers wait.
    /// </summary>
    public Task Start(int callers)
    {
        (_missing, _answer) = (callers, new(TaskCreationOptions.RunContinuationsAsynchronously));
        _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return _reached.Task;
    }

    public void Answer() => _answer.SetResult();

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (Interlocked.Decrement(ref _missing) == 0)
        {
            _reached.SetResult();
        }

        await _answer.Task.WaitAsync(cancellationToken);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, text)) { ModelId = "model-1" };
    }

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
