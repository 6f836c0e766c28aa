using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Testing.Models;

namespace SessionManager.IntegrationTests.Sessions;

/// <summary>
/// Two owners with the same session ids: no operation reads, changes, counts or lists anything of the other. <see cref="ApiCallsTests"/> sees to it
/// that new operations are among the calls.
/// </summary>
public sealed class IsolationTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const string Canary = "canary-5f1d";

    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static SessionOwner Mallory { get; } = new() { Tenant = "acme", User = "mallory" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static JsonSerializerOptions Json { get; } = new(AIJsonUtilities.DefaultOptions) { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    // Of another tenant, of another user, and of nobody.
    private static SessionOwner[] Victims => [new() { Tenant = "globex", User = "mallory" }, new() { Tenant = "acme", User = "alice" }, new() { User = "mallory" }, SessionOwner.None];

    public static TheoryData<string, bool> ManagerCalls => Twice([.. ApiCalls.OfManager.Keys, .. ApiCalls.OfManagerWithAgent.Keys]);

    public static TheoryData<string, bool> StorageCalls => Twice([.. ApiCalls.OfStorage.Keys, .. ApiCalls.OfStorageWithAgent.Keys, .. ApiCalls.OfStorageWithBranch.Keys]);

    public static TheoryData<bool, bool, bool, bool> Pipelines
    {
        get
        {
            var data = new TheoryData<bool, bool, bool, bool>();
            foreach (var i in Enumerable.Range(0, 16))
            {
                data.Add((i & 1) > 0, (i & 2) > 0, (i & 4) > 0, (i & 8) > 0);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(ManagerCalls))]
    public async Task ManagerCall_SessionsOfOthers_SeesAndChangesNothing(string call, bool isInMemory)
    {
        await using var services = CreateServices(isInMemory, Mallory);
        var before = await StoreVictimsAsync(services);
        await using var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);

        // With nothing of one's own, and then with a session of one's own.
        for (var round = 0; round < 2; round++)
        {
            var result = await RunAsync(() => ApiCalls.OfManager.TryGetValue(call, out var ofManager)
                ? ofManager(session, Cancellation)
                : ApiCalls.OfManagerWithAgent[call](session, "support", Cancellation));

            Assert.DoesNotContain(Canary, result, StringComparison.Ordinal);
            Assert.Equal(before, await DumpVictimsAsync(services));
            await session.InitializeAsync(Agents.Support(), Cancellation);
        }
    }

    [Theory]
    [MemberData(nameof(StorageCalls))]
    public async Task StorageCall_SessionsOfOthers_SeesAndChangesNothing(string call, bool isInMemory)
    {
        await using var services = CreateServices(isInMemory, Mallory);
        var before = await StoreVictimsAsync(services);
        var storage = services.GetRequiredService<SessionStorageProvider>().DefaultStorage;
        var key = new SessionKey(Mallory, _sessionId).ToString();
        var branch = await storage.FindBranchAsync(new SessionKey(Victims[0], _sessionId).ToString(), "support", null, Cancellation);

        var result = await RunAsync(() => ApiCalls.OfStorage.TryGetValue(call, out var ofStorage) ? ofStorage(storage, key, Cancellation)
            : ApiCalls.OfStorageWithAgent.TryGetValue(call, out var withAgent) ? withAgent(storage, key, "support", Cancellation)
            // Even on a branch whose number is known.
            : ApiCalls.OfStorageWithBranch[call](storage, key, branch!, Cancellation));

        Assert.DoesNotContain(Canary, result, StringComparison.Ordinal);
        Assert.Equal(before, await DumpVictimsAsync(services));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CatalogCall_SessionsOfOthers_AreNotListed(bool isInMemory)
    {
        await using var services = CreateServices(isInMemory, Mallory);
        var before = await StoreVictimsAsync(services);
        var catalog = services.GetRequiredService<SessionCatalog>();

        foreach (var order in Enum.GetValues<SessionOrder>())
        {
            Assert.Empty((await catalog.ListSessionsAsync(new SessionQuery { Order = order }, Cancellation)).Sessions);
        }

        await services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId).CreateSessionAsync(Cancellation);
        Assert.Equal(Mallory, Assert.Single((await catalog.ListSessionsAsync(new SessionQuery(), Cancellation)).Sessions).Owner);
        Assert.Equal(before, await DumpVictimsAsync(services));
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Pipeline_ForgedConversationId_AnswersTheSameWhetherItExists(bool isInMemory, bool isInside, bool isStreaming, bool requiresExisting)
    {
        await using var services = CreateServices(isInMemory, Mallory);
        var before = await StoreVictimsAsync(services);
        var answers = new List<string>();

        // That of the others, that of nobody, and what the others' is in the storage.
        foreach (var id in (string[])[_sessionId, DatabaseFixture.NewSessionId(), new SessionKey(Victims[1], _sessionId).ToString()])
        {
            var model = new ScriptedModel("Hello, whoever you are.");
            var client = model.Build(services, isInside, options => options.RequireExisting = requiresExisting);

            var error = await Record.ExceptionAsync(() =>
                client.AskAsync(isStreaming, [new ChatMessage(ChatRole.User, "Go on.")], new ChatOptions { ConversationId = id }, Cancellation));

            answers.Add($"{error?.GetType().Name} {error?.Message.Replace(id, "X", StringComparison.Ordinal)} {string.Join('|', model.Requests.SelectMany(request => request.Lines))}");
        }

        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        Assert.Contains(requiresExisting ? nameof(SessionNotFoundException) : "user: Go on.", answers[0], StringComparison.Ordinal);
        Assert.Equal(before, await DumpVictimsAsync(services));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pipeline_NoOwner_IsRefusedBeforeTheModelIsCalled(bool isStreaming)
    {
        await using var services = CreateServices(isInMemory: false, owner: null);
        var before = await StoreVictimsAsync(services);
        var model = new ScriptedModel("Hi");

        await Assert.ThrowsAsync<SessionOwnerRequiredException>(() => model
            .Build(services, isInside: false)
            .AskAsync(isStreaming, [new ChatMessage(ChatRole.User, "Go on.")], new ChatOptions { ConversationId = _sessionId }, Cancellation));

        Assert.Empty(model.Requests);
        Assert.Equal(before, await DumpVictimsAsync(services));
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Pipeline_OwnerOfTheRequest_GoesPastTheProvider(bool isInMemory, bool isInside, bool isStreaming, bool hasProvider)
    {
        await using var services = CreateServices(isInMemory, hasProvider ? Mallory : SessionOwner.None);
        await StoreVictimsAsync(services);
        var call = ScriptedModel.Call("orders", ("number", 7));
        var model = new ScriptedModel(new ScriptedAnswer(call), new ScriptedAnswer(new TextContent("Done.")));
        var options = new ChatOptions { ConversationId = _sessionId, Tools = [ScriptedPipeline.Tool("orders")] }.With(new SessionRequest { Owner = Victims[1] });

        await model.Build(services, isInside).AskAsync(isStreaming, [new ChatMessage(ChatRole.User, "Go on.")], options, Cancellation);

        Assert.Contains($"assistant: {Canary} 0", model.Requests[0].Lines);
        var stored = await services.GetRequiredService<ISessionManagerFactory>().ForOwner(Victims[1]).Create(_sessionId).ListMessagesAsync("support", null, Cancellation);
        Assert.Equal("Done.", stored[^1].Message.Text);
        Assert.DoesNotContain(model.Requests, request => request.Options?.AdditionalProperties?.ContainsKey(SessionRequest.PropertyName) is true);
    }

    private static TheoryData<string, bool> Twice(IEnumerable<string> calls) =>
        [.. calls.Distinct().SelectMany(call => (TheoryDataRow<string, bool>[])[new(call, false), new(call, true)])];

    // Each of its own database, and the same ids in it.
    private ServiceProvider CreateServices(bool isInMemory, SessionOwner? owner) => isInMemory
        ? InMemory(owner)
        : database.CreateServices(options => options.CollectionName = $"isolation_{Guid.NewGuid():N}", register: services => services.AddSingleton<ISessionOwnerProvider>(new FixedOwner(owner)));

    private static ServiceProvider InMemory(SessionOwner? owner)
    {
        var services = new ServiceCollection();
        services.AddInMemorySessionManager().AddSessionOwner(_ => owner);
        return services.BuildServiceProvider();
    }

    private async Task<string> StoreVictimsAsync(IServiceProvider services)
    {
        foreach (var (victim, i) in Victims.Select((victim, i) => (victim, i)))
        {
            var session = services.GetRequiredService<ISessionManagerFactory>().ForOwner(victim).Create(_sessionId);
            var agent = Agents.Support();
            agent.State["secret"] = Canary;
            agent.SystemPrompt = Canary;
            await session.InitializeAsync(agent, Cancellation);
            await session.AppendMessagesAsync([new(ChatRole.User, $"{Canary} {i}"), new(ChatRole.Assistant, $"{Canary} 0")], agent, Cancellation);
            await session.SyncAgentAsync(agent, Cancellation);
            await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = Canary, ["visits"] = new Dictionary<string, object?> { ["all"] = 1 } }, Cancellation);
            await session.AddFeedbackAsync(new Feedback { Comment = Canary }, Cancellation);
            await session.ForkAsync(ApiCalls.ToForkId(_sessionId), cancellationToken: Cancellation);
        }

        return await DumpVictimsAsync(services);
    }

    // All that there is of them: in the database by its documents, in memory by what can be read.
    private async Task<string> DumpVictimsAsync(IServiceProvider services)
    {
        var dump = new List<string>();
        var storage = services.GetRequiredService<SessionStorageProvider>().DefaultStorage;
        foreach (var key in Victims.SelectMany(victim => (string[])[_sessionId, ApiCalls.ToForkId(_sessionId)], (victim, id) => new SessionKey(victim, id).ToString()))
        {
            var branch = await storage.FindBranchAsync(key, "support", null, Cancellation);
            dump.Add(Show(await storage.GetSessionAsync(key, Cancellation)));
            dump.Add(Show(await storage.GetAgentAsync(key, "support", Cancellation)));
            dump.Add(Show(await storage.ListMessagesAsync(key, branch!, new MessageQuery(), Cancellation)));
            dump.Add(Show(await storage.GetFeedbacksAsync(key, Cancellation)));
        }

        // The raw documents too, where there are any: those with anything of a victim's in them.
        var name = storage.Name.Split('.')[^1];
        foreach (var collection in (await (await database.Database.ListCollectionNamesAsync(cancellationToken: Cancellation)).ToListAsync(Cancellation)).Where(found => found.StartsWith(name, StringComparison.Ordinal)).Order())
        {
            var documents = await database.Database.GetCollection<BsonDocument>(collection).Find(new BsonDocument()).Sort(new BsonDocument("_id", 1)).ToListAsync(Cancellation);
            dump.AddRange(documents.Where(document => IsOfVictim(document)).Select(document => document.ToJson()));
        }

        return string.Join('\n', dump);
    }

    private static bool IsOfVictim(BsonDocument document) => !document["_id"].ToString()!.StartsWith("~acme~mallory~", StringComparison.Ordinal);

    private static async Task<string> RunAsync(Func<Task> call)
    {
        try
        {
            var task = call();
            await task;
            return Show(task.GetType().GetProperty("Result")?.GetValue(task));
        }
        catch (Exception exception) when (exception is SessionException or ArgumentException)
        {
            return exception.ToString();
        }
    }

    private static string Show(object? value) => value is ISessionRun or null ? "" : JsonSerializer.Serialize(value, value.GetType(), Json);

    private sealed class FixedOwner(SessionOwner? owner) : ISessionOwnerProvider
    {
        public SessionOwner? GetOwner() => owner;
    }
}
