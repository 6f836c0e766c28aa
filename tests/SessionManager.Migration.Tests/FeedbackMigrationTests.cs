using System.Security.Cryptography;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Migration.Tests;

/// <summary>
/// Feedback, which Python has inside of the session, stands beside it: it is listed and removed as any other, and follows the source.
/// </summary>
public sealed class FeedbackMigrationTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const string SessionId = "simple";

    private readonly MigrationFixture _migration = new(database);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stored_IsWhatTheLibraryStores()
    {
        await _migration.AddAsync(Fixtures.Read("full"));

        await MigrateAsync();

        var stored = await _migration.FindFeedbackAsync("full");
        Assert.Equal(2, stored.Count);
        var id = stored[0]["_id"].AsString;
        Assert.Matches("^full/~0000000000/[0-9a-f]{24}$", id);
        Assert.Equal(
            BsonDocument.Parse($$"""
                {
                  _id: '{{id}}',
                  session_id: 'full',
                  first: 0,
                  created_at: { $date: { $numberLong: '1795627990403' } },
                  updated_at: { $date: { $numberLong: '1795627990403' } },
                  feedback: { rating: 'up', comment: 'great', user: 'u1' }
                }
                """),
            stored[0]);
        Assert.False((await _migration.FindSessionAsync("full"))!.Contains("feedbacks"));

        // Field by field as that which is added here.
        await UseAsync("full", session => session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up, Comment = "great" }, Cancellation));
        var added = (await _migration.FindFeedbackAsync("full")).Single(one => !stored.Contains(one));
        Assert.Equal(added.Names.Order(StringComparer.Ordinal), stored[0].Names.Order(StringComparer.Ordinal));
        Assert.Equal(added.Select(static field => (field.Name, field.Value.BsonType)).Order(), stored[0].Select(static field => (field.Name, field.Value.BsonType)).Order());
        Assert.Equal(added["_id"].AsString.Length, id.Length);
    }

    [Fact]
    public async Task Listed_InPages_IsInTheOrderOfPython_AndCanBeRemoved()
    {
        // Several of one moment, two that are equal, one that is late, one without a date.
        await AddAsync(
            "{ comment: 'a', created_at: ISODate('2026-11-25') }",
            "{ comment: 'b', created_at: ISODate('2026-11-26') }",
            "{ comment: 'b', created_at: ISODate('2026-11-26') }",
            "{ comment: 'c', created_at: '2026-11-26T00:00:00Z' }",
            "{ comment: 'd', agent_id: 'support', message_id: 1 }",
            "{ comment: 'e', created_at: ISODate('2026-11-25T12:00:00Z') }");

        var report = await MigrateAsync();

        Assert.Equal("feedbacks.4.created_at", Assert.Single(Assert.Single(report.Sessions).Findings).Path);
        await UseAsync(SessionId, async session =>
        {
            var listed = await ListAsync(session, new FeedbackQuery { Limit = 1 });
            Assert.Equal(["a", "e", "b", "b", "c", "d"], listed.Select(static one => one.Comment));
            Assert.Equal((await session.GetFeedbacksAsync(Cancellation)).Select(static one => one.Id), listed.Select(static one => one.Id));
            Assert.Equal(6, listed.Select(static one => one.Id!).Distinct().Count());
            Assert.All(listed[2..], static one => Assert.Equal(new DateTimeOffset(2026, 11, 26, 0, 0, 0, TimeSpan.Zero), one.CreatedAt));
            var ofMessage = Assert.Single(await ListAsync(session, new FeedbackQuery { AgentId = "support", Position = 1 }));
            Assert.Equal(("d", 0), (ofMessage.Comment, ofMessage.Branch));

            Assert.True(await session.DeleteFeedbackAsync(listed[3].Id!, Cancellation));
            Assert.False(await session.DeleteFeedbackAsync(listed[3].Id!, Cancellation));
            Assert.Equal(["a", "e", "b", "c", "d"], (await ListAsync(session, new FeedbackQuery())).Select(static one => one.Comment));
        });
    }

    [Fact]
    public async Task OfAnOwner_IsTheOwners()
    {
        var source = Fixtures.Read(SessionId);
        source["metadata"] = new BsonDocument("user_id", "eva");
        await _migration.AddAsync(source);

        await _migration.Create().MigrateAsync(new PythonMigrationOptions { OwnerUserField = "metadata.user_id" }, cancellationToken: Cancellation);

        await using var services = _migration.CreateServices();
        await using var session = services.GetRequiredService<ISessionManagerFactory>().ForOwner(new SessionOwner { User = "eva" }).Create(SessionId);
        var feedback = Assert.Single((await session.ListFeedbacksAsync(new FeedbackQuery(), Cancellation)).Feedbacks);
        Assert.Equal("slow", feedback.Comment);
        Assert.True(await session.DeleteFeedbackAsync(feedback.Id!, Cancellation));
    }

    [Fact]
    public async Task Source_Changed_IsFollowed_AndWhatItHasNoMoreGoes()
    {
        await AddAsync("{ comment: 'a', created_at: ISODate('2026-11-25') }", "{ comment: 'b', created_at: ISODate('2026-11-26') }", "{ comment: 'c', created_at: ISODate('2026-11-27') }");
        await MigrateAsync();
        var before = await _migration.FindFeedbackAsync(SessionId);

        await ReplaceAsync("{ comment: 'b', created_at: ISODate('2026-11-26') }", "{ comment: 'C', created_at: ISODate('2026-11-27') }", "{ comment: 'd', created_at: ISODate('2026-11-28') }");
        var report = await MigrateAsync();

        Assert.Equal((1, 0, 3), (report.UpdatedCount, report.WrittenMessageCount, (await _migration.FindSessionAsync(SessionId))!["migration"]["counts"]["feedbacks"]));
        var after = await _migration.FindFeedbackAsync(SessionId);
        Assert.Equal(["b", "C", "d"], after.Select(static one => one["feedback"]["comment"].AsString));
        Assert.Equal(before[1], after[0]);
        await _migration.AssertEqualAsync();

        await ReplaceAsync();
        await MigrateAsync();
        Assert.Empty(await _migration.FindFeedbackAsync(SessionId));
    }

    [Fact]
    public async Task WhatIsNoFeedback_IsNamed_AndALostListIsKeptBeside()
    {
        var source = Fixtures.Read(SessionId);
        source["feedbacks"] = new BsonArray { 7, BsonDocument.Parse("{ comment: 'a', created_at: 'yesterday' }"), BsonDocument.Parse("{ comment: 'b', created_at: ISODate('2026-11-26'), python_message_id: 3 }") };
        var other = Fixtures.Read("full");
        other["feedbacks"] = "none";
        await _migration.AddAsync(source, other);

        var report = await MigrateAsync();

        Assert.Equal(
            [(PythonMigrationFindingKind.NotCarriedOver, "feedbacks.0"), (PythonMigrationFindingKind.UnreadableDate, "feedbacks.1.created_at")],
            Assert.Single(report.Sessions).Findings.Select(static finding => (finding.Kind, finding.Path)));
        var stored = await _migration.FindFeedbackAsync(SessionId);
        Assert.Equal(("yesterday", DateTime.UnixEpoch), (stored[0]["feedback"]["created_at"].AsString, stored[0]["created_at"].ToUniversalTime()));
        Assert.Equal("none", (await _migration.FindSessionAsync("full"))!["python_feedbacks"]);
        await UseAsync(SessionId, async session =>
            Assert.Equal(["a", "b"], (await ListAsync(session, new FeedbackQuery { Limit = 1 })).Select(static one => one.Comment)));
    }

    [Theory]
    [InlineData("add")]
    [InlineData("delete")]
    [InlineData("replace")]
    public async Task Target_WhoseFeedbackWasChangedInCSharp_IsAConflictOnceTheSourceChanges(string use)
    {
        await AddAsync("{ comment: 'a', created_at: ISODate('2026-11-25') }");
        await MigrateAsync();
        await UseAsync(SessionId, async session =>
        {
            if (use == "delete")
            {
                await session.DeleteFeedbackAsync((await session.GetFeedbacksAsync(Cancellation))[0].Id!, Cancellation);
            }
            else
            {
                await session.AddFeedbackAsync(new Feedback { Comment = "from C#", UserId = use == "replace" ? "u1" : null }, Cancellation);
            }
        });
        var used = await _migration.DumpAsync();
        Assert.Equal(1, (await MigrateAsync()).UnchangedCount);
        await ReplaceAsync("{ comment: 'A', created_at: ISODate('2026-11-25') }");

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal((1, false), (report.ConflictCount, report.IsComplete));
        Assert.Equal(used, await _migration.DumpAsync());
    }

    [Theory]
    [InlineData("~u1", true)]
    [InlineData("6b04683e192f07d6b187854e", true)]
    [InlineData("6b04683e192f07d6b187854e", false)]
    public async Task FeedbackOfTarget_NotMigrated_IsNeverWrittenOver(string id, bool hasSession)
    {
        await AddAsync("{ comment: 'a', created_at: ISODate('2026-11-25') }");
        if (hasSession)
        {
            await MigrateAsync();
            await ReplaceAsync("{ comment: 'b', created_at: ISODate('2026-11-25') }");
        }

        await _migration.Feedback.InsertOneAsync(
            BsonDocument.Parse($"{{ _id: '{SessionId}/~0000000000/{id}', session_id: '{SessionId}', first: 0, created_at: ISODate('2026-11-25'), feedback: {{ comment: 'theirs' }} }}"),
            cancellationToken: Cancellation);
        var before = await _migration.DumpAsync();

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal(1, report.ConflictCount);
        Assert.Equal(before, await _migration.DumpAsync());
    }

    [Fact]
    public async Task Target_OfAnEarlierMapping_IsRenewed_AndStaysWhereCSharpHasWritten()
    {
        await _migration.AddAsync(Fixtures.Read("full"), Fixtures.Read(SessionId));
        await MigrateAsync();
        var expected = await _migration.FindSessionAsync("full");
        await MakeEarlierAsync("full");
        await MakeEarlierAsync(SessionId);
        await UseAsync(SessionId, static async session =>
        {
            var agent = new SessionAgent("support");
            await session.InitializeAsync(agent, Cancellation);
            await session.AppendMessageAsync(new ChatMessage(ChatRole.User, "from C#"), agent, Cancellation);
            await session.SyncAgentAsync(agent, Cancellation);
            // As an earlier layout has it.
            Assert.Equal(("slow", null), (await ListAsync(session, new FeedbackQuery())).Select(static one => (one.Comment, one.Id)).Single());
        });
        var used = await _migration.FindSessionAsync(SessionId);

        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);

        Assert.Equal((1, 1, 0, false), (report.UpdatedCount, report.ConflictCount, report.WrittenMessageCount, report.IsComplete));
        Assert.Equal(used, await _migration.FindSessionAsync(SessionId));
        Assert.Empty(await _migration.FindFeedbackAsync(SessionId));
        var renewed = (await _migration.FindSessionAsync("full"))!;
        renewed["migration"]["at"] = expected!["migration"]["at"];
        Assert.Equal(expected, renewed);
        Assert.Equal(["great", null], (await _migration.FindFeedbackAsync("full")).Select(static one => one["feedback"]["comment"] is BsonString text ? text.Value : null));
    }

    // As migrations before this one have stored it: feedback inside, and nothing for lists.
    private async Task MakeEarlierAsync(string id)
    {
        var session = (await _migration.FindSessionAsync(id))!;
        var migration = session["migration"].AsBsonDocument;
        session.Remove("migration");
        session.Add("feedbacks", Fixtures.Read(id)["feedbacks"]);
        foreach (var agent in session["agents"].AsBsonDocument.Values)
        {
            Assert.All((string[])["message_count", "last_message_at", "preview"], field => agent.AsBsonDocument.Remove(field));
        }

        // Over the elements, without what is around them.
        migration["target_hash"] = Convert.ToHexStringLower(SHA256.HashData(session.ToBson()[4..^1]));
        // Over the source, the number of the mapping, and that no password is kept.
        migration["source_hash"] = Convert.ToHexStringLower(SHA256.HashData([.. Fixtures.Read(id).ToBson(), 3, 0]));
        session.Add("migration", migration);
        await _migration.Sessions.ReplaceOneAsync(new BsonDocument("_id", id), session, cancellationToken: Cancellation);
        await _migration.Feedback.DeleteManyAsync(new BsonDocument("session_id", id), Cancellation);
    }

    private async Task<PythonMigrationReport> MigrateAsync()
    {
        var report = await _migration.Create().MigrateAsync(cancellationToken: Cancellation);
        Assert.True(report.IsComplete, report.ToJson());
        return report;
    }

    private static BsonDocument Session(string[] feedbacks)
    {
        var source = Fixtures.Read(SessionId);
        source["feedbacks"] = new BsonArray(feedbacks.Select(BsonDocument.Parse));
        return source;
    }

    private Task AddAsync(params string[] feedbacks) => _migration.AddAsync(Session(feedbacks));

    private Task<ReplaceOneResult> ReplaceAsync(params string[] feedbacks) =>
        _migration.Source.ReplaceOneAsync(new BsonDocument("_id", SessionId), Session(feedbacks), cancellationToken: Cancellation);

    private async Task UseAsync(string sessionId, Func<ISessionManager, Task> useAsync)
    {
        await using var services = _migration.CreateServices();
        await using var session = services.GetRequiredService<ISessionManagerFactory>().Create(sessionId);
        await useAsync(session);
    }

    private static async Task<List<Feedback>> ListAsync(ISessionManager session, FeedbackQuery query)
    {
        var listed = new List<Feedback>();
        do
        {
            var page = await session.ListFeedbacksAsync(query, Cancellation);
            listed.AddRange(page.Feedbacks);
            query = query with { After = page.Next };
        }
        while (query.After is not null);

        return listed;
    }
}
