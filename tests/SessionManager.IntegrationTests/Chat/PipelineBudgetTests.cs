using Microsoft.Extensions.AI;
using SessionManager.Testing.Models;

namespace SessionManager.IntegrationTests.Chat;

/// <summary>
/// The commands that a turn takes.
/// </summary>
public sealed class PipelineBudgetTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<bool, bool> Pipelines => new() { { true, false }, { true, true }, { false, false }, { false, true } };

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Ask_NewSession_TakesSix(bool isInside, bool isStreaming)
    {
        database.Commands.Clear();

        await AskAsync(new ScriptedModel(Answer()), isInside, isStreaming);

        Assert.Equal(["findAndModify", "find", "update", "insert", "insert", "update"], database.Commands.NamesOfTurn);
        Assert.Equal(10, (await database.FindMessagesAsync(_sessionId))[1]["event_loop_metrics"]["accumulated_usage"]["inputTokens"].ToInt32());
        var agent = (await database.FindSessionAsync(_sessionId))["agents"]["support"]["agent_data"];
        Assert.Equal((ScriptedModel.ModelId, "You help."), (agent["model"].AsString, agent["system_prompt"].AsString));
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Ask_KnownAgent_TakesFiveInFourRoundTrips(bool isInside, bool isStreaming)
    {
        await AskAsync(new ScriptedModel(Answer()), isInside, isStreaming);
        database.Commands.Clear();

        await AskAsync(new ScriptedModel(Answer()), isInside, isStreaming);

        Assert.Equal(["findAndModify", "find", "insert", "insert", "update"], database.Commands.NamesOfTurn);
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(false, 6)]
    [InlineData(true, 6)]
    public async Task Ask_WholeTranscript_TakesOneMoreBeyondTheWindow(bool isInside, int? maxMessages)
    {
        var model = new ScriptedModel(request => $"answer {request.Number}");
        var client = model.Build(database.Services, isInside, options => options.Window = maxMessages is null ? null : new HistoryWindow { MaxMessages = maxMessages });
        List<ChatMessage> transcript = [];
        for (var turn = 0; turn < 8; turn++)
        {
            database.Commands.Clear();
            transcript.Add(new ChatMessage(ChatRole.User, $"question {turn}"));
            var response = await client.AskAsync(isStreaming: false, transcript.Select(message => new ChatMessage(message.Role, message.Contents)), ScriptedPipeline.For(_sessionId), Cancellation);
            transcript.AddRange(response.Messages);
        }

        string[] older = maxMessages is null ? [] : ["find"];
        Assert.Equal(["findAndModify", "find", .. older, "insert", "insert", "update"], database.Commands.NamesOfTurn);
        Assert.Equal(16, (await database.FindMessagesAsync(_sessionId)).Count);
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Ask_KnownAgentAndTwoRoundsOfTools_TakesTwoForEachModelCallOrOneForEachResult(bool isInside, bool isStreaming)
    {
        await AskAsync(new ScriptedModel(Answer()), isInside, isStreaming);
        database.Commands.Clear();

        await AskAsync(
            new ScriptedModel(
                new ScriptedAnswer(ScriptedModel.Call("orders", ("number", 1)), ScriptedModel.Call("orders", ("number", 2))),
                new ScriptedAnswer(ScriptedModel.Call("orders", ("number", 3))),
                Answer()),
            isInside,
            isStreaming);

        Assert.Equal(["findAndModify", "find", .. Enumerable.Repeat("insert", isInside ? 7 : 5), "update"], database.Commands.NamesOfTurn);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_NewSessionWithModelThatIsKnownByItsAnswer_StoresIt(bool isStreaming)
    {
        database.Commands.Clear();

        await AskAsync(
            new ScriptedModel(new ScriptedAnswer(new TextContent("Hi")) { ModelId = "answered" }) { DefaultModelId = null }, isInside: true, isStreaming);

        Assert.Equal(["findAndModify", "find", "update", "insert", "insert", "update"], database.Commands.NamesOfTurn);
        Assert.Equal("answered", (await database.FindSessionAsync(_sessionId))["agents"]["support"]["agent_data"]["model"]);
    }

    [Fact]
    public async Task Ask_WithoutMessages_TakesFour()
    {
        await AskAsync(new ScriptedModel(Answer()), isInside: true, isStreaming: false);
        database.Commands.Clear();

        await new ScriptedModel(Answer()).Build(database.Services).GetResponseAsync([], ScriptedPipeline.For(_sessionId), Cancellation);

        Assert.Equal(["findAndModify", "find", "insert", "update"], database.Commands.NamesOfTurn);
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Ask_Interleaved_TakesWhatItTookWithoutRuns(bool isInside, bool isStreaming)
    {
        await AskAsync(new ScriptedModel(Answer()), isInside, isStreaming, WhenBusy.Interleave);
        database.Commands.Clear();

        await AskAsync(new ScriptedModel(Answer()), isInside, isStreaming, WhenBusy.Interleave);

        Assert.Equal(["find", "find", "insert", "insert", "update"], database.Commands.Names);
    }

    [Fact]
    public async Task Ask_AgainFromAnEarlierMessage_TakesThreeMore()
    {
        await AskAsync(new ScriptedModel(Answer()), isInside: true, isStreaming: false);
        database.Commands.Clear();

        var options = ScriptedPipeline.For(_sessionId).With(new SessionRequest { RewindTo = 1 });
        await new ScriptedModel(Answer()).Build(database.Services).GetResponseAsync([], options, Cancellation);

        Assert.Equal(["findAndModify", "find", "find", "update", "insert", "update"], database.Commands.NamesOfTurn);
        Assert.Equal(3, (await database.FindMessagesAsync(_sessionId)).Count);
    }

    private static ScriptedAnswer Answer() => new(new TextContent("Hi")) { Usage = new() { InputTokenCount = 10 } };

    private Task<ChatResponse> AskAsync(ScriptedModel model, bool isInside, bool isStreaming, WhenBusy? whenBusy = null)
    {
        var options = ScriptedPipeline.For(_sessionId, ScriptedPipeline.Tool("orders"));
        options.Instructions = "You help.";
        options.With(new SessionRequest { WhenBusy = whenBusy });
        return model.Build(database.Services, isInside).AskAsync(isStreaming, "Hello", options, Cancellation);
    }
}
