using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;
using SessionManager.Testing.Models;

namespace SessionManager.Internal.Chat;

public sealed class PendingRunsTests : IAsyncDisposable
{
    private readonly ChatSessions _sessions = new();
    private readonly PendingRuns _runs = new();

    public static TheoryData<string, bool> Tools => new()
    {
        { "orders", true },
        { "unknown", true },
        { "declared", false },
        { "approved", false },
    };

    private static SessionKey Session => new(SessionOwner.None, ChatSessions.Id);

    [Fact]
    public void TryTake_ResultOfTheCall_GivesTheRunOnce()
    {
        var (run, call) = (NewRun(), ScriptedModel.Call("orders"));

        var isKept = _runs.TryKeep(run, Answer(call), tools: null);

        Assert.True(isKept);
        Assert.Same(run, _runs.TryTake(Session, Results(call)));
        Assert.Null(_runs.TryTake(Session, Results(call)));
    }

    [Fact]
    public void TryTake_ResultsOfSeveralCallsInAnyOrder_GivesTheRun()
    {
        var (run, first, second) = (NewRun(), ScriptedModel.Call("orders"), ScriptedModel.Call("orders"));

        _runs.TryKeep(run, Answer(first, second), tools: null);

        Assert.Same(run, _runs.TryTake(Session, Results(second, first)));
    }

    [Fact]
    public void TryTake_OtherSession_LeavesTheRun()
    {
        var (run, call) = (NewRun(), ScriptedModel.Call("orders"));
        _runs.TryKeep(run, Answer(call), tools: null);

        var other = _runs.TryTake(new SessionKey(SessionOwner.None, "session-2"), Results(call));

        Assert.Null(other);
        Assert.Same(run, _runs.TryTake(Session, Results(call)));
    }

    [Fact]
    public void TryTake_OtherOwner_LeavesTheRun()
    {
        var (run, call) = (NewRun(), ScriptedModel.Call("orders"));
        _runs.TryKeep(run, Answer(call), tools: null);

        var other = _runs.TryTake(new SessionKey(new SessionOwner { User = "mallory" }, ChatSessions.Id), Results(call));

        Assert.Null(other);
        Assert.Same(run, _runs.TryTake(Session, Results(call)));
    }

    [Fact]
    public void TryTake_SameTextInAnotherString_GivesNothing()
    {
        var call = ScriptedModel.Call("orders");
        _runs.TryKeep(NewRun(), Answer(call), tools: null);

        Assert.Null(_runs.TryTake(Session, [new(ChatRole.Tool, [new FunctionResultContent(new string(call.CallId), "1")])]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryKeep_IdThatAnotherRunCameWith_KeepsNeither(bool isTaken)
    {
        var call = ScriptedModel.Call("orders");
        _runs.TryKeep(NewRun(), Answer(call), tools: null);
        if (isTaken)
        {
            _runs.TryTake(Session, Results(call));
        }

        var isKept = _runs.TryKeep(NewRun(), Answer(call), tools: null);

        Assert.False(isKept);
        Assert.Null(_runs.TryTake(Session, Results(call)));
    }

    [Theory]
    [MemberData(nameof(Tools))]
    public void TryKeep_ToolThatAPersonAnswersFor_DoesNotKeep(string name, bool expected)
    {
        AITool[] tools =
        [
            ScriptedPipeline.Tool("orders"),
            ScriptedPipeline.Tool("declared").AsDeclarationOnly(),
            new ApprovalRequiredAIFunction(ScriptedPipeline.Tool("approved")),
        ];

        var isKept = _runs.TryKeep(NewRun(), Answer(ScriptedModel.Call("orders"), ScriptedModel.Call(name)), tools);

        Assert.Equal(expected, isKept);
    }

    [Fact]
    public void TryKeep_NothingOpen_DoesNotKeep()
    {
        var (answered, informational) = (ScriptedModel.Call("orders"), ScriptedModel.Call("orders"));
        informational.InformationalOnly = true;
        var response = new ChatResponse([.. Answer(answered, informational).Messages, .. Results(answered), new(ChatRole.Assistant, "Done")]);

        Assert.False(_runs.TryKeep(NewRun(), response, tools: null));
        Assert.False(_runs.TryKeep(NewRun(), new ChatResponse(), tools: null));
    }

    [Fact]
    public async Task TryTake_ManyAtOnce_GivesTheRunToOne()
    {
        var call = ScriptedModel.Call("orders");
        _runs.TryKeep(NewRun(), Answer(call), tools: null);
        using var start = new Barrier(8);

        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(TestContext.Current.CancellationToken);
                return _runs.TryTake(Session, Results(call));
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.Single(taken, run => run is not null);
    }

    [Fact]
    public void TryKeep_AbandonedRun_GoesWithItsIds()
    {
        var run = KeepAndForget();

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.False(run.IsAlive);
    }

    public ValueTask DisposeAsync() => _sessions.DisposeAsync();

    // In a method of its own, so that nothing on the stack holds the run.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference KeepAndForget()
    {
        var run = NewRun();
        Assert.True(_runs.TryKeep(run, Answer(ScriptedModel.Call("orders")), tools: null));
        return new WeakReference(run);
    }

    private static ChatResponse Answer(params FunctionCallContent[] calls) => new(new ChatMessage(ChatRole.Assistant, [.. calls]));

    private static ChatMessage[] Results(params FunctionCallContent[] calls) =>
        [new(ChatRole.Tool, [.. calls.Select(call => new FunctionResultContent(call.CallId, "1"))])];

    private SessionRun NewRun() => new(
        _sessions.Factory.Create(ChatSessions.Id),
        new SessionAgent(ScriptedPipeline.AgentId),
        default,
        ToolCounting.BetweenModelCalls,
        TimeProvider.System);
}
