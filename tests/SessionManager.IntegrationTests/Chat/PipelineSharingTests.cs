using SessionManager.IntegrationTests.Storage.Mongo;
using SessionManager.Testing.Models;

namespace SessionManager.IntegrationTests.Chat;

/// <summary>
/// What pipelines send when many requests come at once: the road that most messages take.
/// </summary>
public sealed class PipelineSharingTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const int Callers = 150;

    // Far beyond what anything here takes: it turns a hang into a failure.
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ask_ManyWhileTheServerIsBusy_ShareInsertsAndUpdates(bool isStreaming)
    {
        await using var sessions = await ProxiedSessions.StartAsync(database);
        using var client = new ScriptedModel(_ => "Fine.").Build(sessions.Services);
        string[] ids = [.. Enumerable.Range(0, Callers).Select(_ => DatabaseFixture.NewSessionId())];
        await Task.WhenAll(ids.Select(id => client.AskAsync(isStreaming, "Hello", ScriptedPipeline.For(id), Cancellation)));
        sessions.Commands.Clear();

        // What the server is busy with: all wait for it.
        var hold = sessions.Proxy.HoldAnswersFrom("held\0");
        var busy = Enumerable.Range(0, 2).Select(i => sessions.AppendAsync(DatabaseFixture.NewSessionId(), "held", Cancellation)).ToArray();
        await hold.Reached.WaitAsync(Hang, Cancellation);
        var turns = ids.Select(id => client.AskAsync(isStreaming, "And now?", ScriptedPipeline.For(id), Cancellation)).ToArray();
        hold.Release();
        await Task.WhenAll(turns).WaitAsync(Hang, Cancellation);
        await Task.WhenAll(busy).WaitAsync(Hang, Cancellation);

        var updates = sessions.Commands.Names.Count(name => name == "update");
        Assert.InRange(sessions.Inserts.Count, 1, 2 * Callers / 10);
        Assert.InRange(updates, 1, Callers / 3);
        foreach (var id in ids)
        {
            var stored = await database.FindMessagesAsync(id);
            Assert.Equal(["Hello", "Fine.", "And now?", "Fine."], stored.Select(message => message["message"]["content"][0]["text"].AsString));
            Assert.Equal([0, 1, 2, 3], stored.Select(message => message["message_id"].AsInt32));
        }
    }
}
