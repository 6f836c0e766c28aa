using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Driver;
using SessionManager.TestServer;

namespace SessionManager.Chaos.Soaking;

/// <summary>
/// Uses a thousand sessions over and over, and looks at what the process holds.
/// </summary>
internal static class SoakRun
{
    private const int Sessions = 1_000;
    private const int Tasks = 20;

    // A session begins anew at this length, so that what a load takes stays as it is.
    private const int MaxMessages = 40;
    private const int MinSamples = 12;

    public static async Task<int> RunAsync(TimeSpan time)
    {
        await using var server = await MongoTestServer.StartAsync(Console.WriteLine);
        using var client = new MongoClient(server.ConnectionString);
        var databaseName = $"sessions_soak_{Guid.NewGuid():N}";
        await using var services = new ServiceCollection()
            .AddMongoSessionManager(options =>
            {
                options.ConnectionString = server.ConnectionString;
                options.DatabaseName = databaseName;
            })
            .Services
            .BuildServiceProvider();
        var factory = services.GetRequiredService<ISessionManagerFactory>();
        using var stop = new CancellationTokenSource();
        var counts = new int[Tasks];
        var working = Enumerable.Range(0, Tasks).Select(task => WorkAsync(factory, task, counts, stop.Token)).ToArray();
        try
        {
            var samples = await SampleAsync(time, counts, Task.WhenAll(working));
            await stop.CancelAsync();
            await Task.WhenAll(working);
            return SoakSample.AreLevel(samples) ? 0 : 1;
        }
        finally
        {
            await stop.CancelAsync();
            await client.DropDatabaseAsync(databaseName);
        }
    }

    private static async Task<List<SoakSample>> SampleAsync(TimeSpan time, int[] counts, Task working)
    {
        // Every minute, or more often in a short run.
        var interval = TimeSpan.FromTicks(Math.Min(TimeSpan.FromMinutes(1).Ticks, time.Ticks / MinSamples));
        var samples = new List<SoakSample>();
        var start = Stopwatch.GetTimestamp();
        SoakSample.WriteHead();
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            var ended = await Task.WhenAny(working, Task.Delay(interval));
            if (ended == working)
            {
                await working;
            }

            samples.Add(SoakSample.Take(Stopwatch.GetElapsedTime(start), counts.Sum()));
            samples[^1].Write();
        }

        return samples;
    }

    // Each task has sessions of its own: one that is deleted while another task loads it would be another test.
    private static async Task WorkAsync(ISessionManagerFactory factory, int task, int[] counts, CancellationToken stop)
    {
        for (var i = task; !stop.IsCancellationRequested; i += Tasks)
        {
            await using var session = factory.Create(string.Create(CultureInfo.InvariantCulture, $"session-{i % Sessions}"));
            var agent = new SessionAgent("support") { Model = "model-1" };
            await session.InitializeAsync(agent, CancellationToken.None);
            if (agent.Messages.Count >= MaxMessages)
            {
                await session.DeleteSessionAsync(CancellationToken.None);
                await session.InitializeAsync(agent = new SessionAgent("support") { Model = "model-1" }, CancellationToken.None);
            }

            var round = i / Sessions;
            await session.AppendMessageAsync(new ChatMessage(ChatRole.User, $"question {i} {new string('x', 500)}"), agent, CancellationToken.None);
            await session.AppendMessageAsync(new ChatMessage(ChatRole.Assistant, $"answer {i} {new string('x', 1_000)}"), agent, CancellationToken.None);
            agent.State["round"] = round;
            await session.SyncAgentAsync(agent, CancellationToken.None);
            await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["round"] = round }, CancellationToken.None);
            await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up, Comment = "Quick!" }, CancellationToken.None);
            counts[task]++;
        }
    }
}
