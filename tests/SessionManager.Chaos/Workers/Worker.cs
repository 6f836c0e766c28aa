using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Chaos.Workers;

/// <summary>
/// An application: twelve tasks that store until the standard input ends, whatever happens to the line and the server.
/// </summary>
internal static class Worker
{
    private static readonly TimeSpan OutageTimeout = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(WorkerSettings settings)
    {
        using var log = new WorkerLog(settings.LogFile);
        TaskScheduler.UnobservedTaskException += (_, unobserved) => log.Unobserved(unobserved.Exception);
        var failures = await WorkAsync(settings, log);

        // A task that nobody looked at says so when it is collected, in the second round for what its finalizer holds.
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        log.Ended(GC.GetTotalMemory(forceFullCollection: true), failures);
        return 0;
    }

    private static async Task<int> WorkAsync(WorkerSettings settings, WorkerLog log)
    {
        var services = new ServiceCollection().AddSingleton<TimeProvider>(new FastClock(settings.ClockStart));
        services.AddMongoSessionManager(options => Configure(options, settings, WorkerSettings.PlainCollection));
        services.AddKeyedMongoSessionManager(WorkerSettings.BriefCollection, options =>
        {
            Configure(options, settings, WorkerSettings.BriefCollection);
            options.SessionTtl = WorkerSettings.Lifetime;
        });
        await using var provider = services.BuildServiceProvider();
        using var client = new ChatClientBuilder(new AnswerModel(settings.Name)).UseSessionManager("pipeline").Build(provider);
        using var stop = new CancellationTokenSource();
        var plain = provider.GetRequiredService<ISessionManagerFactory>();
        var brief = provider.GetRequiredKeyedService<ISessionManagerFactory>(WorkerSettings.BriefCollection);
        WorkerTask Create(int number) => new(settings, number, log, provider.GetRequiredService<TimeProvider>());
        WorkerTask[] tasks = [.. Enumerable.Range(0, 12).Select(Create)];
        Task[] working =
        [
            .. tasks[..3].Select(task => new SharedSession(task, plain).RunAsync(stop.Token)),
            .. tasks[3..6].Select(task => new ManySessions(task, plain).RunAsync(stop.Token)),
            .. tasks[6..8].Select(task => new PipelineTurns(task, client).RunAsync(stop.Token)),
            .. tasks[8..10].Select(task => new KeptSessions(task, brief).RunAsync(stop.Token)),
            .. tasks[10..].Select(task => new LeftSessions(task, brief).RunAsync(stop.Token)),
        ];

        await Task.Run(() =>
        {
            while (Console.ReadLine() is not null)
            {
                // Only the end matters.
            }
        });
        await stop.CancelAsync();
        await Task.WhenAll(working);
        return tasks.Sum(task => task.Failures);
    }

    private static void Configure(MongoSessionManagerOptions options, WorkerSettings settings, string collection)
    {
        options.ConnectionString = settings.ConnectionString;
        options.DatabaseName = settings.DatabaseName;
        options.CollectionName = collection;
        options.CreateIndexes = settings.CreateIndexes;

        // Processes stand still for longer: others take over from them all the time.
        options.RunTerm = TimeSpan.FromSeconds(1);
        options.ServerSelectionTimeout = options.ConnectTimeout = options.SocketTimeout = OutageTimeout;
    }
}
