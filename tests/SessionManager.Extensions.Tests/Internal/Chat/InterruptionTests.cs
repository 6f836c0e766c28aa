using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using SessionManager.Testing.Models;

namespace SessionManager.Internal.Chat;

/// <summary>
/// Models that fail, callers that cancel, consumers that have had enough.
/// </summary>
public sealed class InterruptionTests : IAsyncDisposable
{
    private readonly ChatSessions _sessions = new();
    private readonly TimeoutException _failure = new("the model");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ChatOptions Options => ScriptedPipeline.For(ChatSessions.Id);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_ModelThrowsAtOnce_KeepsTheRequestAndGoesOn(bool isStreaming)
    {
        var model = new ScriptedModel(new ScriptedAnswer { Failure = _failure }, "Hi");
        var client = _sessions.Build(model);

        var error = await Record.ExceptionAsync(() => client.AskAsync(isStreaming, "one", Options, Cancellation));
        var stored = await _sessions.ShowAsync();
        await client.AskAsync(isStreaming, "two", Options, Cancellation);

        Assert.Same(_failure, error);
        Assert.Equal(["user: one"], stored);
        Assert.Equal(["user: one", "user: two"], model.Requests[1].Lines);
        Assert.Equal(2, _sessions.Factory.Count("DisposeAsync"));
    }

    [Fact]
    public async Task GetStreamingResponseAsync_ModelThrows_StoresWhatArrived()
    {
        var answer = new ScriptedAnswer(new TextContent("It is "), new TextContent("under"), new UsageContent(new() { InputTokenCount = 7 }))
        {
            Failure = _failure,
            ModelId = "model-1",
            MessageId = "answer-1",
            WhenCalled = () => _sessions.Time.Advance(TimeSpan.FromSeconds(3)),
        };
        var model = new ScriptedModel(answer, "Hi");
        var client = _sessions.Build(model);

        var error = await Record.ExceptionAsync(() => client.AskAsync(isStreaming: true, "one", Options, Cancellation));
        await client.AskAsync(isStreaming: true, "two", Options, Cancellation);

        Assert.Same(_failure, error);
        Assert.Equal(["user: one", "assistant: It is under", "user: two"], model.Requests[1].Lines);
        var stored = (await _sessions.ListAsync())[1];
        Assert.Equal(new Dictionary<string, object?> { ["interrupted"] = true }, stored.Message.AdditionalProperties);
        Assert.Equal("answer-1", stored.Message.MessageId);
        Assert.Equal((TimeSpan.FromSeconds(3), 7, "model-1"), (stored.EventLoopMetrics!.Latency, stored.EventLoopMetrics.InputTokens, stored.EventLoopMetrics.Model));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_CallerCancels_ThrowsAndStoresWhatArrived(bool isStreaming)
    {
        var answer = new ScriptedAnswer(new TextContent("It is ")) { Waits = true };
        using var cancellation = new CancellationTokenSource();
        var asking = _sessions.Build(new ScriptedModel(answer)).AskAsync(isStreaming, "one", Options, cancellation.Token);
        await answer.WhenReachedAsync(asking);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Equal(isStreaming ? ["user: one", "assistant: It is "] : ["user: one"], await _sessions.ShowAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task GetStreamingResponseAsync_ConsumerStops_StoresWhatArrived(int count)
    {
        var properties = new AdditionalPropertiesDictionary { ["own"] = "kept" };
        var answer = new ScriptedAnswer(new TextContent("a"), new TextContent("b"), new TextContent("c")) { AdditionalProperties = properties, MessageId = "m" };
        var updates = _sessions.Build(new ScriptedModel(answer)).GetStreamingResponseAsync("one", Options, Cancellation).GetAsyncEnumerator(Cancellation);
        for (var i = 0; i < count; i++)
        {
            await updates.MoveNextAsync();
        }

        await updates.DisposeAsync();

        Assert.Equal(count switch { 0 => [], 1 => ["user: one", "assistant: a"], _ => ["user: one", "assistant: ab"] }, await _sessions.ShowAsync());
        Assert.Equal(count > 0, await _sessions.ListAsync() is [_, var last] && last.Message.AdditionalProperties!["interrupted"] is true);
        Assert.Equal(["own"], properties.Keys);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GetStreamingResponseAsync_NothingButAnEmptyUpdateArrived_StoresNothing(bool stops)
    {
        var answer = new ScriptedAnswer(new UsageContent(new() { InputTokenCount = 1 })) { Failure = stops ? null : _failure, Waits = stops };
        var updates = _sessions.Build(new ScriptedModel(answer)).GetStreamingResponseAsync("one", Options, Cancellation).GetAsyncEnumerator(Cancellation);

        await updates.MoveNextAsync();
        if (!stops)
        {
            await Assert.ThrowsAsync<TimeoutException>(async () => await updates.MoveNextAsync());
        }

        await updates.DisposeAsync();

        Assert.Equal(["user: one"], await _sessions.ShowAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_SecondModelCallInsideThrows_KeepsTheResultsAndWhatItCost(bool isStreaming)
    {
        var model = new ScriptedModel(
            new ScriptedAnswer(ScriptedModel.Call("orders", ("number", 1))),
            new ScriptedAnswer { Failure = _failure, WhenCalled = () => _sessions.Time.Advance(TimeSpan.FromSeconds(3)) },
            "Hi");
        var client = _sessions.Build(model, isInside: true);
        var options = ScriptedPipeline.For(ChatSessions.Id, ScriptedPipeline.Tool("orders"));

        var error = await Record.ExceptionAsync(() => client.AskAsync(isStreaming, "one", options, Cancellation));
        await client.AskAsync(isStreaming, "two", options, Cancellation);

        Assert.Same(_failure, error);
        Assert.Equal(["user: one", "assistant: call orders", "tool: result orders 1", "user: two"], model.Requests[2].Lines);
        var metrics = (await _sessions.ListAsync())[1].EventLoopMetrics!;
        Assert.Equal((2, TimeSpan.FromSeconds(3), 1), (metrics.CycleCount, metrics.Latency, metrics.ToolUsage["orders"].CallCount));
    }

    [Fact]
    public async Task GetStreamingResponseAsync_SecondModelCallOutsideThrows_StoresAllThatArrived()
    {
        var model = new ScriptedModel(
            new ScriptedAnswer(ScriptedModel.Call("orders", ("number", 1))),
            new ScriptedAnswer(new TextContent("It is ")) { Failure = _failure });
        var client = _sessions.Build(model, isInside: false);

        var error = await Record.ExceptionAsync(() => client.AskAsync(
            isStreaming: true, "one", ScriptedPipeline.For(ChatSessions.Id, ScriptedPipeline.Tool("orders")), Cancellation));

        Assert.Same(_failure, error);
        Assert.Equal(["user: one", "assistant: call orders", "tool: result orders 1", "assistant: It is "], await _sessions.ShowAsync());
        Assert.Equal([false, false, false, true], (await _sessions.ListAsync()).Select(message => message.Message.AdditionalProperties?.ContainsKey("interrupted") ?? false));
    }

    [Fact]
    public async Task GetStreamingResponseAsync_WhatArrivedCannotBeStored_ThrowsTheModelsExceptionAndLogs()
    {
        var model = new ScriptedModel(new ScriptedAnswer(new TextContent("the secret")) { Failure = _failure });
        FailAnswers(new InvalidOperationException("the secret"));

        var error = await Record.ExceptionAsync(() => _sessions.Build(model).AskAsync(isStreaming: true, "one", Options, Cancellation));

        Assert.Same(_failure, error);
        var log = Assert.Single(_sessions.Logs.GetSnapshot(), record => record.Level == LogLevel.Error);
        Assert.Equal((30, "InterruptedNotStored"), (log.Id.Id, log.Id.Name));
        Assert.Equal(
            "What had arrived of an interrupted answer of agent support in session session-1 could not be stored (InvalidOperationException).",
            log.Message);
        Assert.Null(log.Exception);
    }

    [Fact]
    public async Task GetStreamingResponseAsync_WhatArrivedTakesTooLongToStore_GivesUpAfterTenSeconds()
    {
        var storing = new TaskCompletionSource<CancellationToken>(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions.Factory.Instead = (method, arguments) =>
        {
            if (method != "AppendAnswerAsync" || ((IReadOnlyList<ChatMessage>)arguments![0]!)[0].Role == ChatRole.User)
            {
                return null;
            }

            var token = (CancellationToken)arguments[2]!;
            storing.SetResult(token);
            return new TaskCompletionSource<IReadOnlyList<int>>().Task.WaitAsync(token);
        };
        var asking = _sessions.Build(new ScriptedModel(new ScriptedAnswer(new TextContent("a")) { Failure = _failure }))
            .AskAsync(isStreaming: true, "one", Options, Cancellation);
        await Task.WhenAny(storing.Task, asking);
        Assert.True(storing.Task.IsCompleted);
        var timeout = await storing.Task;

        _sessions.Time.Advance(TimeSpan.FromSeconds(9.9));
        var isGivenUpEarly = timeout.IsCancellationRequested;
        _sessions.Time.Advance(TimeSpan.FromSeconds(0.2));
        var isGivenUp = timeout.IsCancellationRequested;
        _sessions.Time.Advance(TimeSpan.FromHours(1));

        Assert.Same(_failure, await Record.ExceptionAsync(() => asking));
        Assert.Equal((false, true), (isGivenUpEarly, isGivenUp));
        Assert.Single(_sessions.Logs.GetSnapshot(), record => record.Id.Id == 30);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_AnswerCannotBeStored_ThrowsWhatTheSessionThrowsAndGoesOn(bool isStreaming)
    {
        var model = new ScriptedModel("Hi", "Hi again");
        var client = _sessions.Build(model);
        FailAnswers(_failure);

        var error = await Record.ExceptionAsync(() => client.AskAsync(isStreaming, "one", Options, Cancellation));
        _sessions.Factory.Instead = null;
        await client.AskAsync(isStreaming, "two", Options, Cancellation);

        Assert.Same(_failure, error);
        Assert.DoesNotContain(_sessions.Logs.GetSnapshot(), record => record.Level == LogLevel.Error);
        Assert.Equal(["user: one", "user: two", "assistant: Hi again"], await _sessions.ShowAsync());
        Assert.Equal(2, _sessions.Factory.Count("DisposeAsync"));
    }

    [Theory]
    [InlineData("StartRunAsync", false)]
    [InlineData("StartRunAsync", true)]
    [InlineData("AppendAnswerAsync", false)]
    [InlineData("AppendAnswerAsync", true)]
    public async Task Ask_RequestCannotBeStored_ThrowsAndDoesNotCallTheModel(string failing, bool isStreaming)
    {
        _sessions.Factory.Instead = (method, _) => method == failing ? throw _failure : null;
        var model = new ScriptedModel("Hi");

        var error = await Record.ExceptionAsync(() => _sessions.Build(model).AskAsync(isStreaming, "one", Options, Cancellation));

        Assert.Same(_failure, error);
        Assert.Empty(model.Requests);
        Assert.Equal("DisposeAsync", _sessions.Factory.Calls[^1]);
    }

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();

    private void FailAnswers(Exception failure) => _sessions.Factory.Instead = (method, arguments) =>
        method == "AppendAnswerAsync" && ((IReadOnlyList<ChatMessage>)arguments![0]!)[0].Role == ChatRole.Assistant ? throw failure : null;
}
