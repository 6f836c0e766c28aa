using System.Text;

namespace SessionManager.Conformance;

/// <summary>
/// Export of sessions to a file, and import of a file.
/// </summary>
/// <remarks>Leave the class out where the catalog of a storage has neither.</remarks>
public abstract class TransferTests(ConformanceFixture fixture) : ConformanceTests(fixture)
{
    [Fact]
    public async Task ImportAsync_IntoAnotherPlace_MakesTheSameSessionAgain()
    {
        await FillAsync(SessionId);
        var file = await ExportAsync(Storage, SessionId);
        await using var other = await CreateHostAsync(options => options);
        Wait();

        var result = await ImportAsync(other.Storage, file);

        Assert.Equal(new ImportResult { SessionCount = 1, MessageCount = 9, FeedbackCount = 2, SkippedCount = 0 }, result);
        Assert.Equal(file, await ExportAsync(other.Storage, SessionId));
        Assert.Equal(await DescribeAsync(Open()), await DescribeAsync(other.Factory.Create(SessionId)));
    }

    [Fact]
    public async Task ImportAsync_SessionFromAFile_GoesOn()
    {
        await FillAsync(SessionId);
        await using var other = await CreateHostAsync(options => options);
        await ImportAsync(other.Storage, await ExportAsync(Storage, SessionId));

        var session = other.Factory.Create(SessionId);
        var agent = CreateAgent();
        await session.InitializeAsync(agent, Cancellation);
        var position = await session.AppendMessageAsync(User("and on"), agent, Cancellation);
        agent.State["turns"] = 9;
        await session.SyncAgentAsync(agent, Cancellation);
        await session.UpdateMetadataAsync(Map(("tier", "silver")), Cancellation);

        Assert.Equal(agent.Messages.Count, position);
        Assert.Equal("and on", (await other.Factory.Create(SessionId).ListMessagesAsync("support", cancellationToken: Cancellation))[^1].Message.Text);
        Assert.Equal("silver", (await other.Storage.GetMetadataAsync(SessionId, ["tier"], Cancellation))!["tier"]);
    }

    [Fact]
    public async Task ImportAsync_SessionThatIsThere_LeavesItAsItIs()
    {
        await FillAsync(SessionId);
        var before = await ExportAsync(Storage, SessionId);
        Wait();
        await Open().UpdateMetadataAsync(Map(("later", true)), Cancellation);
        var file = await ExportAsync(Storage, SessionId);

        var result = await ImportAsync(Storage, before);

        Assert.Equal(new ImportResult { SessionCount = 0, MessageCount = 0, FeedbackCount = 0, SkippedCount = 1 }, result);
        Assert.Equal(file, await ExportAsync(Storage, SessionId));
    }

    [Fact]
    public async Task ImportAsync_SessionWasDeleted_IsThereAgainOnOtherBranches()
    {
        await FillAsync(SessionId);
        var file = await ExportAsync(Storage, SessionId);
        var (branch, described) = (await BranchAsync(), await DescribeAsync(Open()));
        await Storage.DeleteSessionAsync(SessionId, Cancellation);

        await ImportAsync(Storage, file);

        // What a writer appends that has not heard of the deletion is not found in it.
        await Storage.AppendMessagesAsync(SessionId, branch, [User("late")], null, null, onlyThere: false, Cancellation);
        var shifted = await BranchAsync();
        Assert.True(shifted.Number > branch.Number);
        Assert.Equal(branch.Base.Count, shifted.Base.Count);
        Assert.Equal(described, await DescribeAsync(Open()));

        // Again the same, but for the numbers.
        var again = await ExportAsync(Storage, SessionId);
        await Storage.DeleteSessionAsync(SessionId, Cancellation);
        await ImportAsync(Storage, again);
        Assert.Equal(described, await DescribeAsync(Open()));
    }

    [Fact]
    public async Task ExportAsync_ByQuery_WritesAllPages()
    {
        await using var host = await CreateHostAsync(options => options);
        var ids = Enumerable.Range(0, 5).Select(_ => NewSessionId()).ToArray();
        foreach (var id in ids)
        {
            Wait();
            await host.Storage.CreateSessionAsync(id, id == ids[1] ? "other" : "shop", Map(("n", 1)), false, Cancellation);
        }

        using var file = new MemoryStream();
        var result = await host.Storage.Catalog!.ExportAsync(new SessionQuery { ApplicationName = "shop", Limit = 2 }, file, Cancellation);
        await using var other = await CreateHostAsync(options => options);
        await ImportAsync(other.Storage, ToText(file));

        Assert.Equal((4, 0L, 0), (result.SessionCount, result.MessageCount, result.DeletedCount));
        var listed = await other.Storage.Catalog!.ListSessionsAsync(new SessionQuery(), Cancellation);
        Assert.Equal([ids[4], ids[3], ids[2], ids[0]], listed.Sessions.Select(session => session.SessionId));
    }

    [Fact]
    public async Task ExportAsync_RunGoesOn_WritesNone()
    {
        await FillAsync(SessionId);
        await using var run = await Open().StartRunAsync(CreateAgent(), cancellationToken: Cancellation);
        await using var other = await CreateHostAsync(options => options);

        await ImportAsync(other.Storage, await ExportAsync(Storage, SessionId));

        // It would not be alone.
        await using var next = await other.Factory.Create(SessionId).StartRunAsync(CreateAgent(), whenBusy: WhenBusy.Fail, cancellationToken: Cancellation);
    }

    [Fact]
    public async Task ExportAsync_NoSession_Throws()
    {
        await Assert.ThrowsAsync<SessionNotFoundException>(() => ExportAsync(Storage, NewSessionId()));
        await FillAsync(SessionId);
        await Storage.DeleteSessionAsync(SessionId, Cancellation);
        await Assert.ThrowsAsync<SessionNotFoundException>(() => ExportAsync(Storage, SessionId));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("not a file")]
    [InlineData("{\"format\":\"another\",\"version\":1}\n")]
    [InlineData("{\"format\":\"session-manager\",\"version\":\"1\"}\n")]
    public async Task ImportAsync_NoExport_SaysSo(string text)
    {
        var exception = await Assert.ThrowsAsync<SessionFileException>(() => ImportAsync(Storage, text));

        Assert.Equal((1, null), (exception.Line, exception.Version));
    }

    [Fact]
    public async Task ImportAsync_LaterVersion_IsRefusedByItsName()
    {
        var exception = await Assert.ThrowsAsync<SessionFileException>(() => ImportAsync(Storage, "{\"format\":\"session-manager\",\"version\":2,\"more\":{}}\n{\"new\":1}\n"));

        Assert.Equal(2, exception.Version);
        Assert.Contains("version 2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ImportAsync_FileIsCutOffAnywhere_NamesTheLineAndShowsNothing()
    {
        await FillAsync(SessionId);
        var file = await ExportAsync(Storage, SessionId);
        var lines = file.Split('\n');
        await using var other = await CreateHostAsync(options => options);
        for (var line = 0; line < lines.Length - 1; line++)
        {
            var before = string.Concat(lines.Take(line).Select(text => $"{text}\n"));

            // In front of the line, or in it. The last one says that all is there.
            foreach (var text in (string[])[before, $"{before}{lines[line][..(lines[line].Length / 2)]}", $"{before}{lines[line][..^1]}"])
            {
                var exception = await Assert.ThrowsAsync<SessionFileException>(() => ImportAsync(other.Storage, text));
                Assert.Equal(line + 1, exception.Line);
                if (line < lines.Length - 2)
                {
                    Assert.Null(await other.Storage.GetSessionAsync(SessionId, Cancellation));
                }
            }
        }

        // Once the session is whole, it stays, though the file is not.
        Assert.Equal(file, await ExportAsync(other.Storage, SessionId));
        Assert.Equal(1, (await ImportAsync(other.Storage, file)).SkippedCount);
    }

    [Fact]
    public async Task ImportAsync_LineIsMissingOrTwiceOrElsewhere_NamesALineAndShowsNothing()
    {
        await FillAsync(SessionId);
        var lines = (await ExportAsync(Storage, SessionId)).TrimEnd('\n').Split('\n');
        await using var other = await CreateHostAsync(options => options);
        for (var line = 1; line < lines.Length - 1; line++)
        {
            var (removed, doubled, swapped) = (lines.ToList(), lines.ToList(), lines.ToList());
            removed.RemoveAt(line);
            doubled.Insert(line, lines[line]);
            swapped.Reverse(line, 2);
            foreach (var broken in (List<string>[])[removed, swapped, doubled])
            {
                // Of two feedbacks nobody can tell which was first.
                if (broken == swapped && line == lines.Length - 4)
                {
                    continue;
                }

                var isWhole = broken == doubled && line == lines.Length - 2;
                await Assert.ThrowsAsync<SessionFileException>(() => ImportAsync(other.Storage, string.Join('\n', broken)));
                Assert.Equal(isWhole, await other.Storage.GetSessionAsync(SessionId, Cancellation) is not null);
            }
        }
    }

    [Fact]
    public async Task ImportAsync_HostileLines_AreRefusedWithoutTheirContent()
    {
        await FillAsync(SessionId);
        var lines = (await ExportAsync(Storage, SessionId)).TrimEnd('\n').Split('\n');
        var other = NewSessionId();
        await using var host = await CreateHostAsync(options => options);
        (int Line, string From, string To)[] changes =
        [
            (1, "\"_id\"", "\"deleted\":{},\"_id\""),
            (1, "\"_id\"", "\"expires_at\":null,\"_id\""),
            (1, $"\"_id\":\"{SessionId}\"", "\"_id\":\" \""),
            (1, $"\"_id\":\"{SessionId}\"", "\"_id\":{\"$gt\":\"secret\"}"),
            (1, "{\"session\"", "{\"secret\""),
            (1, "\"tier\":\"gold\"", "\"tier\":\"\\ud800secret\""),
            (1, "\"tier\":\"gold\"", "\"ti\\u0000secret\":\"gold\""),
            (1, "\"tier\":\"gold\"", "\"tier\":{\"$numberInt\":\"secret\"}"),
            (1, "\"tier\":\"gold\"", "\"tier\":{\"$date\":\"secret\"}"),
            (1, "\"tier\":\"gold\"", "\"tier\":{\"$secret\":1}"),
            (1, "\"tier\":\"gold\"", "\"tier\":{\"a\":true,\"$numberInt\":\"1\"}"),
            (1, "\"tier\":\"gold\"", "\"tier\":{\"$binary\":{\"base64\":\"?\",\"subType\":\"00\"}}"),
            (1, "\"tier\":\"gold\"", "\"tier\":12"),
            (1, "\"tier\":\"gold\"", $"\"tier\":{new string('[', 110)}{new string(']', 110)}"),
            (1, "\"tier\":\"gold\"", $"\"tier\":{new string('[', 100_000)}"),
            (2, $"\"session_id\":\"{SessionId}\"", $"\"session_id\":\"{other}\""),
            (2, $"\"_id\":\"{SessionId}/", $"\"_id\":\"{other}/"),
            (2, "\"_id\":", "\"_id\":null,\"x\":"),
            (2, "\"_id\":", "\"expires_at\":{\"$date\":{\"$numberLong\":\"0\"}},\"_id\":"),
            (2, "/~", "/~9"),
            (lines.Length - 2, SessionId, other),
        ];
        foreach (var (line, from, to) in changes)
        {
            Assert.Contains(from, lines[line], StringComparison.Ordinal);
            string[] broken = [.. lines];
            broken[line] = lines[line].Replace(from, to, StringComparison.Ordinal);

            var exception = await Record.ExceptionAsync(() => ImportAsync(host.Storage, string.Join('\n', broken)));

            Assert.True(exception is SessionFileException fault && fault.Line > line, $"{to}: {exception?.GetType()}");
            Assert.DoesNotContain("secret", $"{exception}", StringComparison.Ordinal);
            Assert.Null(await host.Storage.GetSessionAsync(SessionId, Cancellation));
        }
    }

    [Fact]
    public async Task ImportAsync_FileAfterABrokenOne_MakesTheSameSession()
    {
        await FillAsync(SessionId);
        var file = await ExportAsync(Storage, SessionId);
        await using var other = await CreateHostAsync(options => options);
        await Assert.ThrowsAsync<SessionFileException>(() => ImportAsync(other.Storage, file[..(file.Length * 3 / 4)]));

        Assert.Equal(1, (await ImportAsync(other.Storage, file)).SessionCount);

        Assert.Equal(file, await ExportAsync(other.Storage, SessionId));
    }

    [Fact]
    public async Task ImportAsync_ManyAtOnce_OneBringsItIn()
    {
        await FillAsync(SessionId);
        var file = await ExportAsync(Storage, SessionId);
        await using var other = await CreateHostAsync(options => options);

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Record.ExceptionAsync(() => ImportAsync(other.Storage, file)).AsTask()));

        Assert.All(results, result => Assert.True(result is null or InvalidOperationException, result?.ToString()));
        await ImportAsync(other.Storage, file);
        Assert.Equal(file, await ExportAsync(other.Storage, SessionId));
    }

    [Fact]
    public async Task ImportAsync_DeletedInTheMiddleOfTheExport_LeavesItOut()
    {
        await using var host = await CreateHostAsync(options => options);
        var kept = NewSessionId();
        await FillAsync(SessionId, host.Factory);
        Wait();
        await FillAsync(kept, host.Factory);

        // The first line of the older session is written when it goes.
        await using var file = new ActingStream(text => text.StartsWith("{\"session\"", StringComparison.Ordinal) && text.Contains(SessionId, StringComparison.Ordinal)
            ? host.Storage.DeleteSessionAsync(SessionId, Cancellation)
            : Task.CompletedTask);
        var result = await host.Storage.Catalog!.ExportAsync(new SessionQuery(), file, Cancellation);
        await using var other = await CreateHostAsync(options => options);
        var imported = await ImportAsync(other.Storage, file.Text);

        Assert.Equal(2, result.SessionCount + result.DeletedCount);
        Assert.Equal(result.SessionCount, imported.SessionCount);
        Assert.NotNull(await other.Storage.GetSessionAsync(kept, Cancellation));
        if (result.DeletedCount > 0)
        {
            Assert.Null(await other.Storage.GetSessionAsync(SessionId, Cancellation));
        }
    }

    private static async Task<ImportResult> ImportAsync(SessionStorage storage, string file)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(file));
        return await storage.Catalog!.ImportAsync(stream, Cancellation);
    }

    private static string ToText(MemoryStream file) => Encoding.UTF8.GetString(file.ToArray());

    private sealed class ActingStream(Func<string, Task> act) : MemoryStream
    {
        public string Text => ToText(this);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await base.WriteAsync(buffer, cancellationToken);
            await act(Encoding.UTF8.GetString(buffer.Span));
        }
    }
}
