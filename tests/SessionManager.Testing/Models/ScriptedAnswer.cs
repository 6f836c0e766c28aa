using Microsoft.Extensions.AI;

namespace SessionManager.Testing.Models;

/// <summary>
/// What a <see cref="ScriptedModel"/> does when it is called. Streamed, each content is an update of its own.
/// </summary>
public sealed class ScriptedAnswer(params AIContent[] contents)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<AIContent> Contents => contents;

    /// <summary>
    /// Gets what the provider reports, with the last update of a stream.
    /// </summary>
    public UsageDetails? Usage { get; init; }

    public string? ModelId { get; init; }

    public string? MessageId { get; init; }

    public AdditionalPropertiesDictionary? AdditionalProperties { get; init; }

    /// <summary>
    /// Gets why the answer ends; with the last update of a stream.
    /// </summary>
    public ChatFinishReason? FinishReason { get; init; }

    public string? ResponseId { get; init; }

    /// <summary>
    /// Gets the id under which the service keeps the conversation, too; null for none.
    /// </summary>
    public string? ConversationId { get; init; }

    /// <summary>
    /// Gets what the service goes on with in the background; with the last update of a stream.
    /// </summary>
    public ResponseContinuationToken? ContinuationToken { get; init; }

    /// <summary>
    /// Gets what is thrown where an answer would end.
    /// </summary>
    public Exception? Failure { get; init; }

    /// <summary>
    /// Gets a value indicating whether the model waits, after its contents, for <see cref="Release"/> or its cancellation.
    /// </summary>
    public bool Waits { get; init; }

    /// <summary>
    /// Gets what happens when the model is called, before anything else.
    /// </summary>
    public Action? WhenCalled { get; init; }

    /// <summary>
    /// Waits until the model does; throws what the call of it throws if that ends before.
    /// </summary>
    public async Task WhenReachedAsync(Task call) => await await Task.WhenAny(_reached.Task, call);

    public void Release() => _released.TrySetResult();

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (Waits)
        {
            _reached.TrySetResult();
            await _released.Task.WaitAsync(cancellationToken);
        }

        if (Failure is not null)
        {
            throw Failure;
        }
    }

    /// <summary>
    /// An answer in plain text.
    /// </summary>
    public static implicit operator ScriptedAnswer(string text) => new(new TextContent(text));
}
