using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using SessionManager.Testing.Providers;

namespace SessionManager.Internal.History;

/// <summary>
/// The reducers of Microsoft.Extensions.AI over many turns, each of which loads what the one before has stored.
/// </summary>
public sealed class RealReducerTests
{
    private readonly List<ChatMessage> _stored = [];
    private readonly List<int> _sentCounts = [];
    private readonly List<int> _loadedCounts = [];
    private JsonObject _state = [];
    private string _sent = "";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MessageCountingReducer_ManyTurns_SendsAndLoadsTheLatestOnly(bool withSystemMessage)
    {
        StoreSystemMessage(withSystemMessage);
        var front = withSystemMessage ? 1 : 0;

        await RunAsync(20, () => new MessageCountingChatReducer(4));

        Assert.Equal(80 + front, _stored.Count);
        Assert.All(_sentCounts.Skip(5), count => Assert.Equal(4 + front, count));
        Assert.All(_loadedCounts.Skip(5), count => Assert.InRange(count, 4, 12));
        Assert.Equal(withSystemMessage ? "S rules | U q17 | A a17 | U q18 | A a18" : "U q17 | A a17 | U q18 | A a18", _sent);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SummarizingReducer_ManyTurns_SummarizesOnlyWhereTheThresholdIsReached(bool withSystemMessage)
    {
        StoreSystemMessage(withSystemMessage);
        using var model = new Summarizer();

        await RunAsync(30, () => new SummarizingChatReducer(model, targetCount: 4, threshold: 8));

        // Each turn has four messages, so that twelve and the summary are reached at every second turn at most.
        Assert.InRange(model.CallCount, 5, 15);
        Assert.All(_sentCounts, count => Assert.InRange(count, 0, 14));
        Assert.All(_loadedCounts, count => Assert.InRange(count, 0, 17));
        Assert.Equal(120 + (withSystemMessage ? 1 : 0), _stored.Count);
        Assert.Equal($"summary {model.CallCount}", SummaryMessage.Read(_state["summary_message"])?.Text);
        Assert.Equal(withSystemMessage ? "rules" : null, SummaryMessage.Read(_state["system_message"])?.Text);
        Assert.StartsWith(withSystemMessage ? $"S rules | A summary {model.CallCount} | " : $"A summary {model.CallCount} | ", _sent, StringComparison.Ordinal);

        // Every summary is made of the one before.
        Assert.All(model.Sent.Skip(1), (messages, i) => Assert.StartsWith($"A summary {i + 1} | ", messages, StringComparison.Ordinal));
    }

    [Fact]
    public async Task SummarizingReducer_StateIsNotStored_SummarizesAgain()
    {
        using var model = new Summarizer();
        for (var turn = 0; turn < 10; turn++)
        {
            _state = [];
            await RunAsync(1, () => new SummarizingChatReducer(model, targetCount: 4, threshold: 0));
        }

        Assert.Equal(8, model.CallCount);
        Assert.Equal(40, _stored.Count);
    }

    private void StoreSystemMessage(bool store)
    {
        if (store)
        {
            _stored.Add(new ChatMessage(ChatRole.System, "rules"));
        }
    }

    private async Task RunAsync(int turnCount, Func<IChatReducer> createReducer)
    {
        for (var turn = 0; turn < turnCount; turn++)
        {
            var agent = new StoredAgent { AgentId = "support", ConversationManagerState = _state };
            var removedCount = agent.RemovedMessageCount;
            List<ChatMessage> question = HistoryNotation.Parse($"U q{turn}");

            // Reducers mark the messages that they are given, which must not be the stored ones.
            var messages = Histories.Messages(HistoryNotation.Format(_stored), removedCount);
            var options = new AgentInitializationOptions { NewMessages = question, Window = new HistoryWindow { Reducer = createReducer() } };
            var loaded = await Histories.LoadAsync(agent, messages, options);

            HistoryChecker.AssertValid([.. loaded.Messages, .. question]);
            Assert.True(loaded.Repair.IsEmpty);
            _loadedCounts.Add(messages.Count);
            _sentCounts.Add(loaded.Messages.Count);
            _sent = HistoryNotation.Format(loaded.Messages);
            _state = loaded.State;
            _stored.AddRange([.. question, .. HistoryNotation.Parse($"A call1 | T result1 | A a{turn}")]);
        }
    }

    private sealed class Summarizer : IChatClient
    {
        public int CallCount => Sent.Count;

        public List<string> Sent { get; } = [];

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            // The reducer of Microsoft.Extensions.AI puts the summary before as a message of the assistant in front.
            ProviderRules.ThrowIfRefused([.. messages], options, beginsWithUser: false);
            Sent.Add(HistoryNotation.Format(messages));
            return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, $"summary {CallCount}")));
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
