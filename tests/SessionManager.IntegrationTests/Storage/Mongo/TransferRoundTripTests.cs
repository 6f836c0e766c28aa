using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Testing.Messages;

namespace SessionManager.IntegrationTests.Storage.Mongo;

/// <summary>
/// Sessions of any content from MongoDB into memory and back: the files are equal.
/// </summary>
public sealed class TransferRoundTripTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ImportAsync_GeneratedSessions_AreEqualInMongoAndInMemory()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var ids = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            ids.Add(DatabaseFixture.NewSessionId());
            await FillAsync(ids[^1], database.Factory, random);
        }

        foreach (var id in ids)
        {
            await AssertRoundTripAsync(id, $"seed {seed}");
        }
    }

    [Fact]
    public async Task ImportAsync_GeneratedSessionsOfMemory_AreEqualInMongo()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var memory = CreateMemory();
        var factory = memory.GetRequiredService<ISessionManagerFactory>();
        for (var i = 0; i < 8; i++)
        {
            var id = DatabaseFixture.NewSessionId();
            await FillAsync(id, factory, random);
            var file = await ExportAsync(memory, id);

            await ImportAsync(database.Services, file);

            Assert.True(file == await ExportAsync(database.Services, id), $"seed {seed}");
        }
    }

    [Fact]
    public async Task ImportAsync_HistoryOnManyBranches_IsEqualInMongoAndInMemory()
    {
        var id = DatabaseFixture.NewSessionId();
        for (var turn = 0; turn < 40; turn++)
        {
            // Each goes on from one message more, so that the base of the last one has 40 parts.
            var session = database.Factory.Create(id);
            var agent = Agents.Support();
            await session.InitializeAsync(agent, Cancellation);
            await session.AppendMessagesAsync([Agents.User($"{turn}"), Agents.Assistant(), Agents.User()], agent, Cancellation);
            await session.RewindAsync("support", turn + 1, cancellationToken: Cancellation);
        }

        await AssertRoundTripAsync(id, "");
    }

    [Fact]
    public async Task ImportAsync_FieldsOfOtherPrograms_Stay()
    {
        var id = DatabaseFixture.NewSessionId();
        await FillAsync(id, database.Factory, new Random(7));
        var others = new BsonDocument
        {
            { "id", ObjectId.GenerateNewId() },
            { "numbers", new BsonArray { 1, 2L, 3.0, new BsonDouble(-0.0), double.NaN, Decimal128.Parse("1.10E+5"), Decimal128.Parse("NaN") } },
            { "time", new BsonDateTime(long.MaxValue / 4) },
            { "stamp", new BsonTimestamp(int.MaxValue, 3) },
            { "regex", new BsonRegularExpression("a.*\"", "i") },
            { "binary", new BsonBinaryData([0, 255], BsonBinarySubType.UserDefined) },
            { "uuid", new BsonBinaryData(Guid.NewGuid(), GuidRepresentation.Standard) },
            { "ends", new BsonArray { BsonMinKey.Value, BsonMaxKey.Value, BsonNull.Value } },
            { "text", "line\u2028 \u0000 \"\\ 😀" },
        };
        var set = new BsonDocument("$set", new BsonDocument { { "zeta", others }, { "alpha", 1L }, { "metadata.of_another", others }, { "metadata.n", 5L } });
        await database.Sessions.UpdateOneAsync(new BsonDocument("_id", id), set, cancellationToken: Cancellation);
        var message = (await database.Messages.Find(new BsonDocument("session_id", id)).FirstAsync(Cancellation))["_id"];
        await database.Messages.UpdateOneAsync(
            new BsonDocument { { "_id", message }, { "session_id", id } },
            new BsonDocument("$set", new BsonDocument { { "zeta", others }, { "alpha", 1L }, { "message.metadata.other", others } }),
            cancellationToken: Cancellation);

        await AssertRoundTripAsync(id, "");
    }

    [Fact]
    public async Task ImportAsync_MetadataChangesInMemory_KeepsTheTypesOfTheRest()
    {
        var id = DatabaseFixture.NewSessionId();
        await FillAsync(id, database.Factory, new Random(7));
        var key = ObjectId.GenerateNewId();
        await database.Sessions.UpdateOneAsync(
            new BsonDocument("_id", id), new BsonDocument("$set", new BsonDocument("metadata", new BsonDocument { { "a", new BsonDocument { { "id", key }, { "n", 1L } } }, { "b", 2L } })),
            cancellationToken: Cancellation);
        await using var memory = CreateMemory();
        await ImportAsync(memory, await ExportAsync(database.Services, id));

        await memory.GetRequiredService<ISessionManagerFactory>().Create(id).UpdateMetadataAsync(new Dictionary<string, object?> { ["a.n"] = 7, ["c"] = true }, Cancellation);

        Assert.Contains(
            $$$"""
            "metadata":{"a":{"id":{"$oid":"{{{key}}}"},"n":{"$numberInt":"7"}},"b":{"$numberLong":"2"},"c":true}
            """,
            await ExportAsync(memory, id),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task ImportAsync_DamagedMessage_StaysDamagedInMongoAndIsRefusedInMemory()
    {
        var id = DatabaseFixture.NewSessionId();
        var (session, agent) = (database.Factory.Create(id), Agents.Support());
        await session.InitializeAsync(agent, Cancellation);
        await session.AppendMessagesAsync([Agents.User(), Agents.Assistant()], agent, Cancellation);
        await database.Messages.UpdateOneAsync(
            new BsonDocument { { "session_id", id }, { "message_id", 1 } }, new BsonDocument("$set", new BsonDocument("message", "secret")), cancellationToken: Cancellation);
        var file = await ExportAsync(database.Services, id);
        await using var memory = CreateMemory();
        await using var other = database.CreateServices(options => options.CollectionName = "damaged");

        var exception = await Assert.ThrowsAsync<SessionFileException>(() => ImportAsync(memory, file));
        await ImportAsync(other, file);

        Assert.Equal(4, exception.Line);
        Assert.DoesNotContain("secret", exception.ToString(), StringComparison.Ordinal);
        Assert.Equal(file, await ExportAsync(other, id));
        await Assert.ThrowsAsync<DamagedMessageException>(() => other.GetRequiredService<ISessionManagerFactory>().Create(id).ListMessagesAsync("support", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task ImportAsync_LaterLayout_IsRefused()
    {
        var id = DatabaseFixture.NewSessionId();
        await database.Storage.CreateSessionAsync(id, null, null, false, Cancellation);
        var file = (await ExportAsync(database.Services, id)).Replace("\"schema_version\":{\"$numberInt\":\"1\"}", "\"schema_version\":{\"$numberInt\":\"2\"}", StringComparison.Ordinal);
        await using var memory = CreateMemory();

        Assert.Equal(2, (await Assert.ThrowsAsync<UnsupportedSessionException>(() => ImportAsync(memory, file))).SchemaVersion);
        await database.Sessions.UpdateOneAsync(new BsonDocument("_id", id), new BsonDocument("$set", new BsonDocument("schema_version", 2)), cancellationToken: Cancellation);
        await Assert.ThrowsAsync<UnsupportedSessionException>(() => ExportAsync(database.Services, id));
    }

    private async Task AssertRoundTripAsync(string sessionId, string detail)
    {
        var file = await ExportAsync(database.Services, sessionId);
        await using var memory = CreateMemory();
        await ImportAsync(memory, file);
        Assert.True(file == await ExportAsync(memory, sessionId), detail);

        await using var other = database.CreateServices(options => options.CollectionName = $"other_{Guid.NewGuid():N}");
        await ImportAsync(other, file);
        Assert.True(file == await ExportAsync(other, sessionId), detail);
    }

    /// <summary>
    /// Makes a session by random operations, with messages of any content.
    /// </summary>
    private static async Task FillAsync(string sessionId, ISessionManagerFactory factory, Random random)
    {
        var messages = new Queue<ChatMessage>(ChatMessageGenerators.Message.Sample(400, new Rnd((ulong)random.NextInt64()), 30));
        for (var step = 0; step < 14; step++)
        {
            var session = factory.Create(sessionId);
            var agent = Agents.Support(random.Next(4) == 0 ? "other/agent.v1 😀" : "support");
            await session.InitializeAsync(agent, Cancellation);
            var count = await session.GetMessageCountAsync(agent.AgentId, Cancellation);
            switch (random.Next(8))
            {
                case 0 when count > 0:
                    await session.RewindAsync(agent.AgentId, random.Next(count + 1), cancellationToken: Cancellation);
                    break;
                case 1 when count > 0:
                    await session.RedactLatestMessageAsync(messages.Dequeue(), agent, new RedactionDetails { Action = "ANONYMIZED", StopReason = "guardrail" }, Cancellation);
                    break;
                case 2 when count > 0:
                    await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Down, AgentId = agent.AgentId, Position = random.Next(count) }, Cancellation);
                    break;
                case 3:
                    await session.UpdateMetadataAsync(new Dictionary<string, object?> { [$"k{random.Next(3)}.n"] = random.NextInt64(), ["d"] = 1.10m, ["%25"] = "\0" }, Cancellation);
                    break;
                case 4:
                    agent.State[$"s{random.Next(3)}.$x"] = random.NextDouble();
                    await session.SyncAgentAsync(agent, Cancellation);
                    break;
                default:
                    if (random.Next(2) == 0)
                    {
                        agent.Metrics.AddModelCall(new UsageDetails { TotalTokenCount = random.Next() }, TimeSpan.FromMilliseconds(random.Next(1000)));
                    }

                    await session.AppendMessagesAsync([.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => messages.Dequeue())], agent, Cancellation);
                    break;
            }
        }
    }

    private static ServiceProvider CreateMemory()
    {
        var services = new ServiceCollection();
        services.AddInMemorySessionManager();
        return services.BuildServiceProvider();
    }

    private static async Task<string> ExportAsync(IServiceProvider services, string sessionId)
    {
        using var file = new MemoryStream();
        await services.GetRequiredService<SessionCatalog>().ExportAsync(SessionKey.Parse(sessionId), file, Cancellation);
        return Encoding.UTF8.GetString(file.ToArray());
    }

    private static async Task ImportAsync(IServiceProvider services, string file)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(file));
        Assert.Equal(1, (await services.GetRequiredService<SessionCatalog>().ImportAsync(stream, Cancellation)).SessionCount);
    }
}
