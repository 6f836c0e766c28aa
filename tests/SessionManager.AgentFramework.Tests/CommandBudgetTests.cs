using Microsoft.Agents.AI;

namespace SessionManager.AgentFramework.Tests;

public sealed class CommandBudgetTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_NewSession_LoadsCreatesAndAppendsTwice(bool isStreaming)
    {
        await using var host = AgentHost.Start(database, Model());
        database.Commands.Clear();

        await host.Agent.AskAsync(isStreaming, _sessionId, "Hello");

        Assert.Equal(["findAndModify", "find", "update", "insert", "insert", "update"], database.Commands.NamesOfTurn);
        Assert.Equal(10, (await host.GetUsageAsync(_sessionId)).Total.InputTokens);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public async Task RunAsync_KnownAgent_LoadsAppendsTwiceAndSyncs(bool isStreaming, bool isLed)
    {
        await using var host = AgentHost.Start(database, Model(), isLed);
        await host.Agent.AskAsync(isStreaming, _sessionId, "Hello");
        database.Commands.Clear();

        await host.Agent.AskAsync(isStreaming, _sessionId, "Hello again");

        Assert.Equal(["findAndModify", "find", "insert", "insert", "update"], database.Commands.NamesOfTurn);
        Assert.Equal(isLed ? 20 : 0, (await host.GetUsageAsync(_sessionId)).Total.InputTokens);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_KnownAgentWithTools_TakesOneMoreForWhatAToolReturned(bool isStreaming)
    {
        var model = new ScriptedModel("Hi", new ScriptedAnswer(ScriptedModel.Call("get_order", ("number", 1))), "On its way.");
        await using var host = AgentHost.Start(database, model, configure: WithTool);
        await host.Agent.AskAsync(isStreaming, _sessionId, "Hello");
        database.Commands.Clear();

        await host.Agent.AskAsync(isStreaming, _sessionId, "Where is it?");

        Assert.Equal(["findAndModify", "find", "insert", "insert", "insert", "update"], database.Commands.NamesOfTurn);
        Assert.Equal(6, (await host.ListAsync(_sessionId)).Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_EveryModelCallStored_LoadsOnce(bool isStreaming)
    {
        var model = new ScriptedModel("Hi", new ScriptedAnswer(ScriptedModel.Call("get_order", ("number", 1))), "On its way.");
        await using var host = AgentHost.Start(database, model, configure: options =>
        {
            WithTool(options);
            options.RequirePerServiceCallChatHistoryPersistence = true;
        });
        await host.Agent.AskAsync(isStreaming, _sessionId, "Hello");
        database.Commands.Clear();

        await host.Agent.AskAsync(isStreaming, _sessionId, "Where is it?");

        Assert.Equal(["findAndModify", "find", "insert", "insert", "insert", "insert", "update"], database.Commands.NamesOfTurn);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public async Task RunAsync_ModelThrows_StoresTheRequestAndSyncs(bool isStreaming, bool isLed)
    {
        var model = new ScriptedModel("Hi", new ScriptedAnswer { Failure = new TimeoutException() });
        await using var host = AgentHost.Start(database, model, isLed);
        await host.Agent.AskAsync(isStreaming, _sessionId, "Hello");
        database.Commands.Clear();

        await Assert.ThrowsAsync<TimeoutException>(() => host.Agent.AskAsync(isStreaming, _sessionId, "Hello again"));

        Assert.Equal(["findAndModify", "find", "insert", "update"], database.Commands.NamesOfTurn);
    }

    [Fact]
    public async Task RunAsync_ModelNotKnownBefore_StoresItWithOneMore()
    {
        var model = new ScriptedModel(new ScriptedAnswer(new Microsoft.Extensions.AI.TextContent("Hi")) { ModelId = "answered" }) { DefaultModelId = null };
        await using var host = AgentHost.Start(database, model);
        database.Commands.Clear();

        await host.Agent.AskAsync(isStreaming: false, _sessionId, "Hello");

        Assert.Equal(["findAndModify", "find", "update", "insert", "insert", "update"], database.Commands.NamesOfTurn);
        var agent = Assert.Single(await host.Sessions.Create(_sessionId).ListAgentsAsync(TestContext.Current.CancellationToken));
        Assert.Equal(("answered", "You help."), (agent.Model, agent.SystemPrompt));
    }

    [Fact]
    public async Task OpenSessionAsync_Always_SendsNothing()
    {
        await using var host = AgentHost.Start(database, Model());
        database.Commands.Clear();

        await host.Agent.OpenSessionAsync(_sessionId, TestContext.Current.CancellationToken);

        Assert.Empty(database.Commands.Names);
    }

    private static void WithTool(ChatClientAgentOptions options) => options.ChatOptions!.Tools = [ScriptedPipeline.Tool("get_order")];

    private static ScriptedModel Model() =>
        new(_ => new ScriptedAnswer(new Microsoft.Extensions.AI.TextContent("Hi")) { Usage = new() { InputTokenCount = 10, OutputTokenCount = 1 } });
}
