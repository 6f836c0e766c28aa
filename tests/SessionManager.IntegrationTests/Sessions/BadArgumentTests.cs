using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using MongoDB.Bson;

namespace SessionManager.IntegrationTests.Sessions;

public sealed class BadArgumentTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    private const string Half = "half \ud83d";

    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private readonly SessionAgent _agent = Agents.Support();
    private ISessionManager _session = null!;
    private AgentBranch _branch = null!;

    public static TheoryData<string, JsonObject> UnstorableStates => new()
    {
        { "delegate", new JsonObject { ["list"] = new JsonArray(1, JsonValue.Create((object)new Action(() => { }))) } },
        { "delegate in place of a value that is stored", new JsonObject { ["kept"] = JsonValue.Create((object)new Action(() => { })) } },
        { "object whose property throws", new JsonObject { ["a"] = JsonValue.Create((object)new Faulty()) } },
        { "not a number", new JsonObject { ["a"] = double.NaN } },
        { "infinity of single precision", new JsonObject { ["a"] = new JsonObject { ["b"] = float.PositiveInfinity } } },
    };

    public static TheoryData<string, ChatMessage> UnstorableMessages => new()
    {
        { "delegate in the message's properties", new ChatMessage(ChatRole.User, "a") { AdditionalProperties = new() { ["x"] = new Action(() => { }) } } },
        { "delegate in a content's properties", new ChatMessage(ChatRole.User, [new TextContent("a") { AdditionalProperties = new() { ["x"] = new Action(() => { }) } }]) },
        { "delegate as an argument", new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("c", "n", new Dictionary<string, object?> { ["x"] = new Action(() => { }) })]) },
        { "object whose property throws", new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c", new Faulty())]) },
        { "null as content", new ChatMessage(ChatRole.User, [null!]) },
    };

    public static TheoryData<int, int?, int?, string> NegativeQueries => new()
    {
        { -1, null, null, "query.FromPosition" },
        { 0, -1, null, "query.BeforePosition" },
        { 0, null, -1, "query.Limit" },
        { int.MinValue, 5, 5, "query.FromPosition" },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _session = database.Factory.Create(_sessionId);
        _agent.State["kept"] = true;
        await _session.InitializeAsync(_agent, Cancellation);
        await _session.AppendMessageAsync(Agents.Assistant("kept"), _agent, Cancellation);
        _branch = await database.BranchAsync(_sessionId);
        database.Commands.Clear();
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Theory]
    [MemberData(nameof(NegativeQueries))]
    public async Task ListAndStream_NegativeNumber_ThrowNamingIt(int from, int? before, int? limit, string paramName)
    {
        var query = new MessageQuery { FromPosition = from, BeforePosition = before, Limit = limit };

        ArgumentException[] errors =
        [
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _session.ListMessagesAsync("support", query, Cancellation)),
            Assert.Throws<ArgumentOutOfRangeException>(() => { _ = _session.StreamMessagesAsync("support", query, Cancellation); }),
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => database.Storage.ListMessagesAsync(_sessionId, _branch, query, Cancellation)),
            Assert.Throws<ArgumentOutOfRangeException>(() => { _ = database.Storage.StreamMessagesAsync(_sessionId, _branch, query, Cancellation); }),
        ];

        Assert.All(errors, error => Assert.Equal(paramName, error.ParamName));
        Assert.Empty(database.Commands.Names);
    }

    [Fact]
    public async Task StorageCalls_NegativePosition_ThrowNamingIt()
    {
        var append = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => database.Storage.AppendMessageAsync(_sessionId, _branch, Agents.User(), -1, null, Cancellation));
        var metrics = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => database.Storage.SetEventLoopMetricsAsync(_sessionId, _branch, -1, new EventLoopMetrics(), Cancellation));

        Assert.Equal(("nextPosition", "position"), (append.ParamName, metrics.ParamName));
        Assert.Empty(database.Commands.Names);
    }

    [Fact]
    public async Task EveryCall_NullArgument_ThrowsNamingIt()
    {
        var storage = database.Storage;
        var data = new StoredAgent { AgentId = "support" };
        (string ParamName, Func<Task> Call)[] calls =
        [
            ("agent", () => _session.InitializeAsync(null!, Cancellation)),
            ("message", () => _session.AppendMessageAsync(null!, _agent, Cancellation)),
            ("agent", () => _session.AppendMessageAsync(Agents.User(), null!, Cancellation)),
            ("agent", () => _session.SyncAgentAsync(null!, Cancellation)),
            ("agent", () => storage.GetOrAddAgentAsync(_sessionId, null!, [], null, null, null, mustExist: false, Cancellation)),
            ("messages", () => storage.GetOrAddAgentAsync(_sessionId, data, null!, null, null, null, mustExist: false, Cancellation)),
            ("update", () => storage.UpdateAgentAsync(_sessionId, null!, null, Cancellation)),
            ("messages", () => storage.AddFirstMessagesAsync(_sessionId, _branch, null!, Cancellation)),
            ("message", () => storage.AppendMessageAsync(_sessionId, _branch, null!, 0, null, Cancellation)),
            ("metrics", () => storage.SetEventLoopMetricsAsync(_sessionId, _branch, 0, null!, Cancellation)),
            ("query", () => storage.ListMessagesAsync(_sessionId, _branch, null!, Cancellation)),
            ("query", () => storage.StreamMessagesAsync(_sessionId, _branch, null!, Cancellation).CountAsync(Cancellation).AsTask()),
        ];

        foreach (var (paramName, call) in calls)
        {
            Assert.Equal(paramName, (await Assert.ThrowsAsync<ArgumentNullException>(call)).ParamName);
        }

        Assert.Empty(database.Commands.Names);
    }

    [Fact]
    public async Task FirstMessages_OneIsNull_ThrowsAndStoresNothing()
    {
        var newId = DatabaseFixture.NewSessionId();
        var agent = Agents.Support();
        agent.Messages.Add(Agents.User());
        agent.Messages.Add(null!);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => database.Factory.Create(newId).InitializeAsync(agent, Cancellation));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => database.Storage.AddFirstMessagesAsync(newId, new AgentBranch("support", 0), [Agents.User(), null!], Cancellation));

        await AssertNothingStoredAsync(newId);
    }

    [Theory]
    [MemberData(nameof(UnstorableStates), DisableDiscoveryEnumeration = true)]
    public async Task InitializeAsync_UnstorableState_ThrowsAndStoresNothing(string name, JsonObject state)
    {
        var newId = DatabaseFixture.NewSessionId();
        foreach (var inState in (bool[])[true, false])
        {
            var agent = Agents.Support();
            agent.Messages.Add(Agents.User());
            (agent.State, agent.ConversationManagerState) = inState ? (state, new JsonObject()) : (new JsonObject(), state);

            var error = await Record.ExceptionAsync(() => database.Factory.Create(newId).InitializeAsync(agent, Cancellation));

            AssertNames(name, inState ? "State" : "ConversationManagerState", error);
            await AssertNothingStoredAsync(newId);
        }
    }

    [Theory]
    [MemberData(nameof(UnstorableStates), DisableDiscoveryEnumeration = true)]
    public async Task SyncAgentAsync_UnstorableState_ThrowsStoresNothingAndRecovers(string name, JsonObject state)
    {
        var before = await StoredAsync();
        _agent.State = state;
        _agent.Model = "model-2";
        _agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 5 }, TimeSpan.FromSeconds(1));

        var error = await Record.ExceptionAsync(() => _session.SyncAgentAsync(_agent, Cancellation));

        AssertNames(name, "State", error);
        Assert.Empty(database.Commands.Names);
        Assert.Equal(before, await StoredAsync());
        _agent.State = new JsonObject { ["now"] = "fine" };
        await _session.SyncAgentAsync(_agent, Cancellation);
        var data = (await database.FindSessionAsync(_sessionId))["agents"]["support"]["agent_data"];
        Assert.Equal(("fine", "model-2"), (data["state"]["now"], data["model"]));
        Assert.Equal(5, Assert.Single(await _session.ListMessagesAsync("support", null, Cancellation)).EventLoopMetrics?.InputTokens);
    }

    [Theory]
    [MemberData(nameof(UnstorableStates), DisableDiscoveryEnumeration = true)]
    public async Task StorageCalls_UnstorableState_ThrowAndStoreNothing(string name, JsonObject state)
    {
        var newId = DatabaseFixture.NewSessionId();
        var data = new StoredAgent { AgentId = "support", State = state };

        AssertNames(name, "State", await Record.ExceptionAsync(() => database.Storage.GetOrAddAgentAsync(newId, data, [Agents.User()], null, null, null, mustExist: false, Cancellation)));
        AssertNames(name, "State", await Record.ExceptionAsync(() => database.Storage.UpdateAgentAsync(_sessionId, data, null, Cancellation)));

        await AssertNothingStoredAsync(newId);
        Assert.DoesNotContain("update", database.Commands.Names);
    }

    [Fact]
    public async Task InitializeAsync_HalfASurrogatePairInATextOfItsOwn_ThrowsAndStoresNothing()
    {
        foreach (var (model, prompt, application) in ((string?, string?, string?)[])[(Half, null, null), (null, Half, null), (null, null, Half)])
        {
            var newId = DatabaseFixture.NewSessionId();
            var agent = new SessionAgent("support") { Model = model, SystemPrompt = prompt };
            agent.Messages.Add(Agents.User());

            await Assert.ThrowsAnyAsync<ArgumentException>(
                () => database.Factory.Create(newId, new() { ApplicationName = application }).InitializeAsync(agent, Cancellation));

            await AssertNothingStoredAsync(newId);
        }
    }

    [Fact]
    public async Task SyncAgentAsync_HalfASurrogatePairInATextOfItsOwn_ThrowsStoresNothingAndRecovers()
    {
        _agent.SystemPrompt = Half;
        _agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 5 }, TimeSpan.FromSeconds(1));

        await Assert.ThrowsAnyAsync<ArgumentException>(() => _session.SyncAgentAsync(_agent, Cancellation));

        Assert.Empty(database.Commands.Names);
        _agent.SystemPrompt = "whole 🙂";
        await _session.SyncAgentAsync(_agent, Cancellation);
        Assert.Equal("whole 🙂", (await _session.GetAgentConfigAsync("support", Cancellation))?.SystemPrompt);
    }

    [Theory]
    [MemberData(nameof(UnstorableMessages), DisableDiscoveryEnumeration = true)]
    public async Task AppendMessageAsync_UnstorableMessage_ThrowsStoresNothingAndRecovers(string name, ChatMessage message)
    {
        var errors = new[]
        {
            await Record.ExceptionAsync(() => _session.AppendMessageAsync(message, _agent, Cancellation)),
            await Record.ExceptionAsync(() => database.Storage.AppendMessageAsync(_sessionId, _branch, message, 1, null, Cancellation)),
            await Record.ExceptionAsync(() => database.Storage.AppendMessageAsync(_sessionId, _branch, message, null, null, Cancellation)),
        };

        Assert.All(errors, error => Assert.Equal("message", Assert.IsAssignableFrom<ArgumentException>(error).ParamName));
        Assert.True(database.Commands.Names.Count == 0, name);
        Assert.Equal(1, await _session.AppendMessageAsync(Agents.User(), _agent, Cancellation));
    }

    [Theory]
    [MemberData(nameof(UnstorableMessages), DisableDiscoveryEnumeration = true)]
    public async Task FirstMessages_OneUnstorable_ThrowAndStoreNothing(string name, ChatMessage message)
    {
        var newId = DatabaseFixture.NewSessionId();
        var agent = Agents.Support();
        agent.Messages.Add(Agents.User());
        agent.Messages.Add(message);

        var initialize = await Record.ExceptionAsync(() => database.Factory.Create(newId).InitializeAsync(agent, Cancellation));
        var first = await Record.ExceptionAsync(() => database.Storage.AddFirstMessagesAsync(newId, new AgentBranch("support", 0), [.. agent.Messages], Cancellation));

        Assert.All([initialize, first], error => Assert.True(error is ArgumentException, $"{name}: {error}"));
        await AssertNothingStoredAsync(newId);
        agent.Messages.RemoveAt(1);
        Assert.True((await database.Factory.Create(newId).InitializeAsync(agent, Cancellation)).IsNewAgent);
    }

    private static void AssertNames(string name, string place, Exception? error)
    {
        Assert.True(error is ArgumentException, $"{name}: {error}");
        Assert.StartsWith($"The value at {place}['", error.Message, StringComparison.Ordinal);
    }

    private async Task AssertNothingStoredAsync(string sessionId)
    {
        Assert.Null(await database.Storage.GetSessionAsync(sessionId, Cancellation));
        Assert.Empty(await database.FindMessagesAsync(sessionId));
    }

    private async Task<BsonArray> StoredAsync() => [await database.FindSessionAsync(_sessionId), .. await database.FindMessagesAsync(_sessionId)];

    private sealed class Faulty
    {
        private readonly Exception _error = new TimeoutException();

        public string Value => throw _error;
    }
}
