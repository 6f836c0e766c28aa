using System.Diagnostics.Metrics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Testing;

namespace SessionManager.Behavior;

/// <summary>
/// Summaries that fail.
/// </summary>
public sealed class ReducerTests(Stores stores) : BehaviorTests(stores)
{
    private const int ReducerFailedId = 6;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case13_ReducerThrows_TheHistoryIsSentAsItIs(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var process = Stores.StartObservedProcess(isInMemory);
        using var failures = new MetricCollector<long>(process.GetRequiredService<IMeterFactory>(), "SessionManager", "sessionmanager.history.reducer_failures");
        var reducer = new FailingReducer { FailureCount = 2 };
        var options = new ConversationOptions
        {
            Wiring = wiring, IsStreaming = isStreaming, SessionId = SessionId, Model = new ScriptedModel(), Window = new HistoryWindow { Reducer = reducer },
        };
        List<string> expected = [];
        for (var turn = 1; turn <= 3; turn++)
        {
            var model = new ScriptedModel($"a{turn}");
            var conversation = Conversation.Start(process, options with { Model = model });

            await conversation.SendAsync($"u{turn}");

            expected.Add($"user: u{turn}");
            Assert.Equal(expected, model.Requests[0].Lines);
            expected.Add($"assistant: a{turn}");
            Assert.Equal(expected, await conversation.ListAsync());
        }

        var last = Conversation.Start(process, options with { Model = new ScriptedModel("a4") });
        await last.SendAsync("u4");

        Assert.Equal(["user: u3", "assistant: a3", "user: u4"], last.Model.Requests[0].Lines);
        Assert.Equal([.. expected, "user: u4", "assistant: a4"], await last.ListAsync());
        Assert.Equal(2, failures.GetMeasurementSnapshot().Sum(measurement => measurement.Value));
        var logged = process.GetRequiredService<FakeLogCollector>().GetSnapshot().Where(record => record.Id.Id == ReducerFailedId).ToList();
        Assert.Equal(2, logged.Count);
        Assert.All(logged, record => Assert.Contains(nameof(HttpRequestException), record.Message, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Case13_ReducerAndModelFail_TheQuestionIsStored(Wiring wiring, bool isStreaming, bool isInMemory)
    {
        var window = new HistoryWindow { Reducer = new FailingReducer { FailureCount = int.MaxValue } };
        await Start(wiring, isStreaming, isInMemory, new ScriptedModel("a1"), configure: options => options with { Window = window }).SendAsync("u1");
        var failing = Start(
            wiring, isStreaming, isInMemory, new ScriptedModel(new ScriptedAnswer { Failure = Unavailable }), configure: options => options with { Window = window });

        await Assert.ThrowsAsync<HttpRequestException>(() => failing.SendAsync("u2"));

        Assert.Equal(["user: u1", "assistant: a1", "user: u2"], failing.Model.Requests[0].Lines);
        Assert.Equal(["user: u1", "assistant: a1", "user: u2"], await failing.ListAsync());
    }

    /// <summary>
    /// Fails some times, as a summariser does whose model is not there, and then leaves the last turn.
    /// </summary>
    private sealed class FailingReducer : IChatReducer
    {
        private int _callCount;

        public required int FailureCount { get; init; }

        public Task<IEnumerable<ChatMessage>> ReduceAsync(IEnumerable<ChatMessage> messages, CancellationToken cancellationToken)
        {
            ChatMessage[] all = [.. messages];

            // There is nothing to summarise of a message.
            return all.Length > 1 && Interlocked.Increment(ref _callCount) <= FailureCount
                ? Task.FromException<IEnumerable<ChatMessage>>(Unavailable)
                : Task.FromResult(all.TakeLast(2));
        }
    }
}
