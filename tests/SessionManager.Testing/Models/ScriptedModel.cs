using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using SessionManager.Testing.Providers;

namespace SessionManager.Testing.Models;

/// <summary>
/// A model that answers as it is told, and remembers what it was sent. What providers refuse, it refuses. Thread-safe.
/// </summary>
public sealed class ScriptedModel : IChatClient
{
    public const string ModelId = "model-1";

    private readonly ConcurrentQueue<ScriptedRequest> _requests = new();
    private readonly ConcurrentQueue<ScriptedAnswer> _answers;
    private readonly Func<ScriptedRequest, ScriptedAnswer>? _answer;
    private int _callCount;

    public ScriptedModel(params ScriptedAnswer[] answers) => _answers = new(answers);

    public ScriptedModel(Func<ScriptedRequest, ScriptedAnswer> answer)
        : this() => _answer = answer;

    /// <summary>
    /// Gets the id of the model that the client says it has by default, or null.
    /// </summary>
    public string? DefaultModelId { get; init; } = ModelId;

    /// <summary>
    /// Gets the provider that the client says it has, or null.
    /// </summary>
    public string? ProviderName { get; init; }

    /// <summary>
    /// Gets a value indicating whether the model takes any request, those that providers refuse, too.
    /// </summary>
    public bool TakesAnything { get; init; }

    /// <summary>
    /// Gets what the model was sent, call by call.
    /// </summary>
    public IReadOnlyList<ScriptedRequest> Requests => [.. _requests];

    /// <summary>
    /// Makes a call of a tool. Its id is a string of its own, as one that a provider has sent is.
    /// </summary>
    public static FunctionCallContent Call(string name, params (string Key, object? Value)[] arguments) =>
        new(Guid.NewGuid().ToString("N"), name, arguments.ToDictionary(pair => pair.Key, pair => pair.Value));

    public void Add(ScriptedAnswer answer) => _answers.Enqueue(answer);

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var answer = Next(messages, options);
        await answer.EndAsync(cancellationToken);
        var message = new ChatMessage(ChatRole.Assistant, [.. answer.Contents])
        {
            MessageId = answer.MessageId,
            AdditionalProperties = answer.AdditionalProperties,
        };
        return new ChatResponse(answer.ContinuationToken is null || answer.Contents.Count > 0 ? [message] : [])
        {
            ModelId = answer.ModelId,
            Usage = answer.Usage,
            FinishReason = answer.FinishReason,
            ResponseId = answer.ResponseId,
            ConversationId = answer.ConversationId,
            ContinuationToken = answer.ContinuationToken,
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var answer = Next(messages, options);
        foreach (var content in answer.Contents)
        {
            await Task.Yield();
            yield return new ChatResponseUpdate(ChatRole.Assistant, [content])
            {
                MessageId = answer.MessageId,
                ModelId = answer.ModelId,
                ResponseId = answer.ResponseId,
                ConversationId = answer.ConversationId,
                AdditionalProperties = answer.AdditionalProperties,
            };
        }

        await answer.EndAsync(cancellationToken);
        if (answer is { Usage: not null } or { FinishReason: not null } or { ContinuationToken: not null })
        {
            yield return new ChatResponseUpdate(ChatRole.Assistant, answer.Usage is { } usage ? [new UsageContent(usage)] : [])
            {
                MessageId = answer.MessageId,
                ModelId = answer.ModelId,
                ResponseId = answer.ResponseId,
                FinishReason = answer.FinishReason,
                ContinuationToken = answer.ContinuationToken,
            };
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        if (serviceKey is null && serviceType == typeof(ChatClientMetadata))
        {
            return new ChatClientMetadata(ProviderName, defaultModelId: DefaultModelId);
        }

        return serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
    }

    private ScriptedAnswer Next(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        var request = new ScriptedRequest(messages, [.. messages], options, Interlocked.Increment(ref _callCount));
        _requests.Enqueue(request);
        if (!TakesAnything)
        {
            ProviderRules.ThrowIfRefused(request.Messages, options);
        }

        var answer = _answer?.Invoke(request)
            ?? (_answers.TryDequeue(out var next) ? next : throw new InvalidOperationException($"Call {request.Number} was not in the script."));
        answer.WhenCalled?.Invoke();
        return answer;
    }
}
