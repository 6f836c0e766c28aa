using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Bson;
using MongoDB.Bson.IO;
using MongoDB.Bson.Serialization;
using SessionManager.Testing.Messages;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// Whatever is stored: a message is read, or the one exception names it; a session is always listed.
/// </summary>
public sealed class DamageFuzzTests(ITestOutputHelper output)
{
    private const int Count = 50_000;

    // What is damaged is a few names and values, in whatever length of text.
    private const int LongDocument = 8 * 1024;

    // What would take minutes: another process may have the processor for a second.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    // As the storage has its collections read.
    private static readonly BsonBinaryReaderSettings ReaderSettings = new() { Encoding = new UTF8Encoding(false, throwOnInvalidBytes: false) };

    private readonly ChatMessageCodec _codec = new();

    [Fact]
    public void Read_DamagedMessages_OnlyThrowsWhatNamesThem()
    {
        var (seed, fuzz) = Start();
        var serializer = new SessionMessageSerializer(_codec, NullLogger.Instance);
        List<byte[]> whole = [.. ChatMessageGenerators.Message.Sample(300, new Rnd((ulong)seed), 30).Select(ToDocument).Where(document => document.Length < LongDocument)];
        var (read, damaged, watch) = (0, 0, new Stopwatch());
        for (var i = 0; i < Count; i++)
        {
            var document = BsonSerializer.Deserialize<BsonDocument>(fuzz.Pick(whole));
            var bytes = fuzz.Damage(document, Fields.Id, Fields.SessionId);
            watch.Restart();
            try
            {
                Assert.True(Read(serializer, bytes).Position >= 0);
                read++;
            }
            catch (DamagedMessageException e)
            {
                damaged++;
                Assert.True(
                    (e.SessionId, e.AgentId.Length > 0, e.Position >= 0, e.Field.Length > 0) == ("s", true, true, true),
                    $"{DamageFuzz.SeedName}={seed}, {i}: {e}");
                AssertReplaced(serializer, bytes, $"{DamageFuzz.SeedName}={seed}, {i}");
            }
            catch (Exception e)
            {
                Assert.Fail($"{DamageFuzz.SeedName}={seed}, {i}: {e}\n{document}");
            }

            Assert.True(watch.Elapsed < Longest, $"{DamageFuzz.SeedName}={seed}, {i}: {watch.Elapsed}");
        }

        output.WriteLine($"{read} read, {damaged} damaged");
        Assert.True(read > Count / 10 && damaged > Count / 10);
    }

    [Fact]
    public void List_DamagedSessions_ListsEach()
    {
        var (seed, fuzz) = Start();
        var whole = CreateSession().ToBson();
        var query = new SessionQuery { Limit = 1 };
        var watch = new Stopwatch();
        for (var i = 0; i < Count; i++)
        {
            var document = BsonSerializer.Deserialize<BsonDocument>(whole);
            var bytes = fuzz.Damage(document, Fields.Id);
            watch.Restart();
            try
            {
                var session = ReadSession(bytes);
                var info = SessionDocument.ToInfo(session);
                Assert.Equal("s", info.SessionId);
                query = query with { After = SessionPage.Create([info, info], query with { After = null }).Next };
                Assert.Equal("s", SessionCursor.Parse(query)!.SessionId);
                _ = SessionListing.ToTimedFilter(query, SessionCursor.Parse(query));
                DamagedFields damaged = default;
                FindAgent(session, ref damaged);
                _ = AgentDocument.FindConfig(session, "support", ref damaged);
                foreach (var feedback in (session.GetValue(Fields.Feedbacks, BsonNull.Value) as BsonArray ?? []).OfType<BsonDocument>())
                {
                    _ = FeedbackDocument.Read(feedback);
                }
            }
            catch (Exception e)
            {
                Assert.Fail($"{DamageFuzz.SeedName}={seed}, {i}: {e}");
            }

            Assert.True(watch.Elapsed < Longest, $"{DamageFuzz.SeedName}={seed}, {i}: {watch.Elapsed}");
        }
    }

    private (int Seed, DamageFuzz Fuzz) Start()
    {
        var seed = DamageFuzz.GetSeed();
        output.WriteLine($"{DamageFuzz.SeedName}={seed}");
        return (seed, new DamageFuzz(seed));
    }

    private void AssertReplaced(SessionMessageSerializer serializer, byte[] stored, string context)
    {
        Assert.False(serializer.CanRead(new RawBsonDocument(stored)), context);
        var replacement = new DamagedMessage(new RawBsonDocument(stored)).ToReplacement(_codec, "s", new AgentBranch("support", 5, [new BranchSegment(3, 6)]), 7, DateTimeOffset.UnixEpoch).ToBson();
        var placeholder = Read(serializer, replacement);
        Assert.Equal(("support", 7, 0), (placeholder.AgentId, placeholder.Position, placeholder.EffectiveMessage.Contents.Count));
    }

    private static SessionMessage Read(SessionMessageSerializer serializer, byte[] bytes)
    {
        using var reader = new BsonBinaryReader(new ByteBufferStream(new ByteArrayBuffer(bytes)), ReaderSettings);
        return serializer.Deserialize(BsonDeserializationContext.CreateRoot(reader));
    }

    private static BsonDocument ReadSession(byte[] bytes)
    {
        using var reader = new BsonBinaryReader(new ByteBufferStream(new ByteArrayBuffer(bytes)), ReaderSettings);
        return StoredSessionSerializer.Instance.Deserialize(BsonDeserializationContext.CreateRoot(reader));
    }

    // Another branch than the agent's own would be another history.
    private static void FindAgent(BsonDocument session, ref DamagedFields damaged)
    {
        try
        {
            _ = AgentDocument.Find(session, "support", ref damaged);
        }
        catch (DamagedSessionException e) when ((e.SessionId, e.AgentId) == ("s", "support"))
        {
        }
    }

    private byte[] ToDocument(ChatMessage message)
    {
        using var encoded = _codec.Encode(message);
        var metrics = new EventLoopMetrics
        {
            InputTokens = 5,
            Latency = TimeSpan.FromSeconds(1),
            ToolUsage = new Dictionary<string, ToolMetrics> { ["tool"] = new() { CallCount = 1, SuccessCount = 1, TotalTime = TimeSpan.FromSeconds(1) } },
            Model = "model",
        };
        return new BsonDocument
        {
            { Fields.Id, "s/support/~0000000005/0000000007" },
            { Fields.SessionId, "s" },
            { Fields.AgentId, "support" },
            { Fields.Position, 7 },
            { Fields.Branch, 5 },
            { Fields.Base, new BsonArray { new BsonDocument { { "b", 3 }, { "n", 6 } } } },
            { Fields.AppendId, ObjectId.Empty },
            { Fields.Message, encoded },
            { Fields.RedactMessage, encoded },
            { Fields.CreatedAt, DateTime.UnixEpoch },
            { Fields.UpdatedAt, DateTime.UnixEpoch },
            { Fields.EventLoopMetrics, EventLoopMetricsDocument.ToBson(metrics) },
            { Fields.GuardrailEvent, GuardrailEventDocument.ToBson(new RedactionDetails { StopReason = "r" }, new BsonDateTime(0)) },
        }.ToBson();
    }

    private static BsonDocument CreateSession()
    {
        var agent = new StoredAgent
        {
            AgentId = "support",
            State = new() { ["a"] = 1, ["b"] = new System.Text.Json.Nodes.JsonObject { ["c"] = "d" } },
            ConversationManagerState = new() { ["removed_message_count"] = 2 },
            Model = "model",
            SystemPrompt = "prompt",
            PromptMetadata = new Dictionary<string, object?> { ["k"] = 1 },
            CapturedConfig = "config",
        };
        var session = SessionDocument.Create("s", "shop", new BsonDateTime(0), firstBranch: 5, "support", AgentDocument.ToBson(agent, branch: 5, new BsonDateTime(0)));
        session[Fields.Metadata] = new BsonDocument { { "a", 1 }, { "b", new BsonDocument("c", "d") } };
        session[Fields.Feedbacks] = new BsonArray { FeedbackDocument.ToBson(new Feedback { Rating = FeedbackRating.Up, AgentId = "support", Position = 3 }).Add(Fields.CreatedAt, new BsonDateTime(0)) };
        // As it is stored: what is written raw is a document like any other.
        return BsonSerializer.Deserialize<BsonDocument>(session.ToBson());
    }
}
