using Microsoft.Extensions.AI;

namespace SessionManager.Internal.History;

/// <summary>
/// Reduces as it is told, and keeps what it was given.
/// </summary>
internal sealed class FakeReducer(Func<IReadOnlyList<ChatMessage>, IReadOnlyList<ChatMessage>> reduce) : IChatReducer
{
    public List<string> Given { get; } = [];

    public Task<IEnumerable<ChatMessage>> ReduceAsync(IEnumerable<ChatMessage> messages, CancellationToken cancellationToken)
    {
        ChatMessage[] given = [.. messages];
        Given.Add(HistoryNotation.Format(given));
        return Task.FromResult<IEnumerable<ChatMessage>>(reduce(given));
    }
}
