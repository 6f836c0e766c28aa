using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using MongoDB.Driver;

namespace SessionManager.IntegrationTests.Diagnostics;

/// <summary>
/// What users say and what is secret is in no log record of any level, and in no exception.
/// </summary>
public sealed class LogContentTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const string Canary = "canary-7f3a";

    private readonly string _sessionId = DatabaseFixture.NewSessionId();
    private readonly List<Exception> _errors = [];
    private readonly ConcurrentQueue<string> _tags = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryCall_AtTraceLevel_LogsNoContent()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = static _ => true,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                _tags.Enqueue(activity.DisplayName);
                foreach (var tag in activity.TagObjects.Concat(activity.Events.SelectMany(happened => happened.Tags)))
                {
                    _tags.Enqueue($"{tag.Key}: {tag.Value}");
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var proxy = TcpProxy.Start(database.ConnectionString);
        using var host = Build(options => options.ConnectionString = proxy.ConnectionString);
        await host.StartAsync(Cancellation);
        var factory = host.Services.GetRequiredService<ISessionManagerFactory>();

        await UseAsync(factory, host.Services.GetRequiredService<SessionStorageProvider>().DefaultStorage);
        await UseMetadataAsync(factory);
        await FailAsync(factory);
        await FailMetadataAsync(factory);
        await LoseAnswerAsync(factory, proxy);
        await RepairAsync(factory);
        await host.StopAsync(Cancellation);

        var logs = host.Services.GetFakeLogCollector();
        AssertNoCanary(logs);
        string[] expected = ["AgentInitialized", "MessageAppended", "AgentSynced", "HistoryRepaired", "MessageIdTaken", "MessageResent", "IndexesCreated"];
        Assert.Subset(logs.GetSnapshot().Select(record => record.Id.Name).ToHashSet(), expected.ToHashSet<string?>());
        Assert.Contains(logs.GetSnapshot(), record => record is { Category: "MongoDB.Command", Level: LogLevel.Debug });
        Assert.True(_errors.Count >= 13, $"{_errors.Count} errors");
        Assert.NotEmpty(_tags);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EveryCall_ServerThatCannotBeUsed_LogsNoSecret(bool isThere)
    {
        // One server is not there, the other one knows no users.
        var server = isThere ? new MongoUrl(database.ConnectionString).Server.ToString() : "127.0.0.1:1";
        using var host = Build(options =>
        {
            options.ConnectionString = $"mongodb://user:{Canary}-password@{server}/?serverSelectionTimeoutMS=500&authSource=admin&appName=app";
            options.AuthMechanism = "SCRAM-SHA-256";
        });
        await host.StartAsync(Cancellation);
        var factory = host.Services.GetRequiredService<ISessionManagerFactory>();

        var agent = CanaryAgent();
        agent.Messages.Add(CanaryMessage());
        await FailsAsync(() => factory.Create(_sessionId).InitializeAsync(agent, Cancellation));
        await FailsAsync(() => factory.Create(_sessionId).AppendMessageAsync(CanaryMessage(), CanaryAgent(), Cancellation));
        await FailsAsync(() => factory.Create(_sessionId).GetMessageCountAsync("support", Cancellation));
        await host.StopAsync(Cancellation);

        var logs = host.Services.GetFakeLogCollector();
        AssertNoCanary(logs);
        Assert.Contains(logs.GetSnapshot(), record => record.Category!.StartsWith("MongoDB.", StringComparison.Ordinal));
    }

    private static SessionAgent CanaryAgent() => new("support")
    {
        Model = "model-1",
        SystemPrompt = $"{Canary} system prompt",
        State = new JsonObject { ["value"] = $"{Canary} state", [$"{Canary} key"] = 1 },
        ConversationManagerState = new JsonObject { ["summary"] = $"{Canary} summary" },
    };

    private static ChatMessage CanaryMessage() => new(
        ChatRole.Assistant,
        [
            new TextContent($"{Canary} text"),
            new FunctionCallContent("call", "tool", new Dictionary<string, object?> { ["value"] = $"{Canary} argument" }),
            new FunctionResultContent("call", $"{Canary} result"),
            new DataContent(System.Text.Encoding.UTF8.GetBytes($"{Canary} data"), "text/plain"),
        ])
    {
        AuthorName = $"{Canary} author",
        AdditionalProperties = new() { ["property"] = $"{Canary} property" },
    };

    private async Task UseAsync(ISessionManagerFactory factory, SessionStorage storage)
    {
        await using var session = factory.Create(_sessionId);
        var agent = CanaryAgent();
        agent.Messages.Add(CanaryMessage());
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessageAsync(CanaryMessage(), agent, Cancellation);

        // As another process does, whose messages the session managers of this one learn of when they meet them.
        var branch = await storage.FindBranchAsync(_sessionId, "support", number: null, Cancellation);
        await storage.AppendMessageAsync(_sessionId, branch!, CanaryMessage(), nextPosition: null, metrics: null, Cancellation);
        await session.AppendMessageAsync(CanaryMessage(), agent, Cancellation);
        agent.State["more"] = $"{Canary} more";
        agent.SystemPrompt = $"{Canary} other prompt";
        agent.Metrics.AddModelCall(new UsageDetails { InputTokenCount = 1 }, TimeSpan.FromSeconds(1));
        await session.SyncAgentAsync(agent, Cancellation);
        await factory.Create(_sessionId).InitializeAsync(CanaryAgent(), Cancellation);
        Assert.Equal(4, (await session.ListMessagesAsync("support", null, Cancellation)).Count);
        Assert.Equal(4, await session.StreamMessagesAsync("support", null, Cancellation).CountAsync(Cancellation));
        await session.GetMessageCountAsync("support", Cancellation);
        Assert.StartsWith(Canary, (await session.GetAgentConfigAsync("support", Cancellation))?.SystemPrompt, StringComparison.Ordinal);
        await session.ListAgentsAsync(Cancellation);
        await session.GetApplicationNameAsync(Cancellation);
    }

    private async Task UseMetadataAsync(ISessionManagerFactory factory)
    {
        await using var session = factory.Create(_sessionId);
        await factory.Create($"{session.SessionId}-2").CreateSessionAsync(new Dictionary<string, object?> { ["a"] = $"{Canary} value" }, Cancellation);
        await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = $"{Canary} value", ["b"] = new[] { $"{Canary} item" } }, Cancellation);
        await FailsAsync(() => session.IncrementMetadataAsync("a", cancellationToken: Cancellation));
        await session.GetMetadataAsync(["a"], Cancellation);
        await session.GetMetadataAsync<Dictionary<string, object?>>(cancellationToken: Cancellation);
        var tool = session.GetMetadataTool();
        await tool.InvokeAsync(new() { ["action"] = "set", ["metadata"] = $$"""{"c": "{{Canary}} by tool"}""" }, Cancellation);
        Assert.Contains(Canary, (await tool.InvokeAsync(new() { ["action"] = "get" }, Cancellation))?.ToString(), StringComparison.Ordinal);
        await session.AddFeedbackAsync(
            new Feedback { Rating = FeedbackRating.Down, Comment = $"{Canary} comment", AdditionalProperties = new Dictionary<string, object?> { ["x"] = $"{Canary} field" } },
            Cancellation);
        Assert.Single(await session.GetFeedbacksAsync(Cancellation));
        await session.SetPromptMetadataAsync("support", new Dictionary<string, object?> { ["prompt_name"] = $"{Canary} prompt" }, Cancellation);
        await session.UpdateAgentConfigAsync("support", "m", $"{Canary} edited prompt", Cancellation);
        await session.RedactLatestMessageAsync(
            new ChatMessage(ChatRole.Assistant, $"{Canary} redacted"),
            CanaryAgent(),
            new RedactionDetails { GuardrailTrace = JsonSerializer.SerializeToElement(new { modelOutput = $"{Canary} trace" }) },
            Cancellation);
        await session.ListGuardrailEventsAsync(Cancellation);
        await session.GetUsageAsync(Cancellation);
        await session.DeleteMetadataAsync(["b"], Cancellation);
    }

    private async Task FailMetadataAsync(ISessionManagerFactory factory)
    {
        var session = factory.Create(_sessionId);
        var feedback = new Feedback { Comment = $"{Canary} comment" };
        var deleted = factory.Create("deleted");
        await deleted.CreateSessionAsync(Cancellation);
        await deleted.DeleteSessionAsync(Cancellation);
        await FailsAsync(() => deleted.AddFeedbackAsync(feedback, Cancellation));
        await FailsAsync(() => deleted.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = Canary }, Cancellation));
        await FailsAsync(() => session.AddFeedbackAsync(feedback with { AgentId = "support", Position = 99 }, Cancellation));
        await FailsAsync(() => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a.into.a.text"] = Canary }, Cancellation));
        await FailsAsync(() => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = Canary, ["$b"] = Canary }, Cancellation));
        await FailsAsync(() => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = new object[] { Canary, new Action(() => { }) } }, Cancellation));
        await FailsAsync(() => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = Canary + new string('x', 17_000_000) }, Cancellation));
        await FailsAsync(() => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["refused"] = Canary }, Cancellation));
        await FailsAsync(() => session.AddFeedbackAsync(feedback with { AdditionalProperties = new Dictionary<string, object?> { ["comment"] = Canary } }, Cancellation));
    }

    private async Task FailAsync(ISessionManagerFactory factory)
    {
        var session = factory.Create(_sessionId);
        var agent = CanaryAgent();
        await FailsAsync(() => factory.Create("unknown").AppendMessageAsync(CanaryMessage(), agent, Cancellation));
        await FailsAsync(() => factory.Create("unknown").SyncAgentAsync(agent, Cancellation));
        await FailsAsync(() => session.AppendMessageAsync(new ChatMessage(ChatRole.User, Canary + new string('x', 17_000_000)), agent, Cancellation));
        await FailsAsync(() => session.AppendMessageAsync(new ChatMessage(ChatRole.User, [new TextContent(Canary), new FunctionResultContent("c", new Action(() => { }))]), agent, Cancellation));
        agent.SystemPrompt = $"{Canary} \ud83d";
        await FailsAsync(() => session.SyncAgentAsync(agent, Cancellation));
        agent.SystemPrompt = null;
        agent.State["bad"] = double.NaN;
        await FailsAsync(() => session.SyncAgentAsync(agent, Cancellation));
        await FailsAsync(() => session.AppendMessageAsync(CanaryMessage(), agent, new CancellationToken(canceled: true)));
        agent.State = new JsonObject { ["large"] = Canary + new string('x', 17_000_000) };
        await FailsAsync(() => session.SyncAgentAsync(agent, Cancellation));
    }

    private async Task LoseAnswerAsync(ISessionManagerFactory factory, TcpProxy proxy)
    {
        var session = factory.Create(_sessionId);
        var agent = CanaryAgent();
        await session.InitializeAsync(agent, Cancellation);

        // Once for the driver, where it retries writes, and once for the library.
        proxy.CutBeforeAnswerTo($"{Canary} text", times: 2);
        await session.AppendMessageAsync(CanaryMessage(), agent, Cancellation);
    }

    private async Task RepairAsync(ISessionManagerFactory factory)
    {
        var session = factory.Create(_sessionId);
        await session.AppendMessageAsync(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent($"{Canary} id", $"{Canary} tool")]), CanaryAgent(), Cancellation);
        Assert.Equal(1, (await session.InitializeAsync(CanaryAgent(), Cancellation)).Repair.InterruptedCallCount);
    }

    private async Task FailsAsync(Func<Task> call)
    {
        var error = await Record.ExceptionAsync(call);
        Assert.NotNull(error);
        _errors.Add(error);
    }

    private void AssertNoCanary(FakeLogCollector logs)
    {
        var records = logs.GetSnapshot();
        Assert.NotEmpty(records);
        var texts = records.SelectMany(record => (string?[])
        [
            record.Message,
            record.Exception?.ToString(),
            .. record.StructuredState?.Select(pair => $"{pair.Key}: {pair.Value}") ?? [],
            .. record.Scopes.Select(scope => scope?.ToString()),
        ]);

        Assert.All(texts.Concat(_tags).Concat(_errors.Select(error => error.ToString())), text => Assert.DoesNotContain(Canary, text ?? "", StringComparison.OrdinalIgnoreCase));
    }

    private IHost Build(Action<MongoSessionManagerOptions> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddFakeLogging();
        builder.Services.AddMongoSessionManager(options =>
        {
            options.DatabaseName = database.DatabaseName;
            options.CollectionName = "logged";
            configure(options);
        })
        .AddAuditLogging()
        .AddMetadataValidation(context =>
        {
            if (context.Metadata.ContainsKey("refused"))
            {
                context.AddError("refused", "is refused");
            }
        });
        return builder.Build();
    }
}
