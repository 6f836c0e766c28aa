using Microsoft.Extensions.AI;
using SessionManager.Benchmarks.Turns;

namespace SessionManager.Benchmarks.Silence;

/// <summary>
/// A model that answers all of its callers at one time.
/// </summary>
internal sealed class WaitingModel(string text) : WholeAnswerModel
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

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (Interlocked.Decrement(ref _missing) == 0)
        {
            _reached.SetResult();
        }

        await _answer.Task.WaitAsync(cancellationToken);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, text)) { ModelId = "model-1" };
    }
}
