using System.Globalization;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Driver;
using SessionManager.Benchmarks.Distance;

namespace SessionManager.Benchmarks.Silence;

/// <summary>
/// Writes what appends take of memory that no answer comes to: the server is there and silent, as behind a line that was cut.
/// </summary>
internal static class SilentServerTable
{
    private const int MessageSize = 65_536;
    private const int CallersAtOnce = 64;

    // What is encoded and sent by then is all that is going to be.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);
    private static readonly int[] Callers = [200, 1_000, 4_000];

    public static async Task WriteAsync()
    {
        if (OperatingSystem.IsWindows())
        {
            Console.Error.WriteLine("The proxy is stopped by a signal, which Windows has none for.");
            return;
        }

        using var proxy = DelayProxyProcess.Start(BenchmarkDatabase.ConnectionString!, [0]);
        using var mongo = new MongoClient(proxy.ConnectionStrings[0]);
        var databaseName = $"sessions_silence_{Guid.NewGuid():N}";
        var model = new WaitingModel(new string('x', MessageSize));
        await using var services = CreateServices(mongo, databaseName, model);
        Console.WriteLine();
        Console.WriteLine("| callers | road               | messages, MB | held, MB | afterwards, MB |");
        Console.WriteLine("|--------:|--------------------|-------------:|---------:|---------------:|");
        foreach (var callers in Callers)
        {
            await WriteAsync(proxy, "AppendMessageAsync", callers, await StartByHandAsync(services, callers));
            await WriteAsync(proxy, "UseSessionManager", callers, await StartPipelineAsync(services, model, callers));
        }

        await mongo.DropDatabaseAsync(databaseName);
    }

    private static async Task WriteAsync(DelayProxyProcess proxy, string road, int callers, Func<Task> appendAsync)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        proxy.Stop();
        var appending = appendAsync();
        await Task.Delay(Silence);
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        if (appending.IsCompleted)
        {
            throw new InvalidOperationException("The server was not silent.");
        }

        proxy.Continue();
        await appending;
        var afterwards = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {callers,7:N0} | {road,-18} | {(double)callers * MessageSize / 1e6,12:F0} | {held / 1e6,8:F0} | {afterwards / 1e6,14:F0} |"));
    }

    private static async Task<Func<Task>> StartByHandAsync(ServiceProvider services, int callers)
    {
        var factory = services.GetRequiredService<ISessionManagerFactory>();
        var message = new ChatMessage(ChatRole.User, new string('x', MessageSize));
        var sessions = new List<(ISessionManager Session, SessionAgent Agent)>(callers);
        foreach (var some in Enumerable.Range(0, callers).Chunk(CallersAtOnce))
        {
            sessions.AddRange(await Task.WhenAll(some.Select(async _ =>
            {
                var session = factory.Create(BenchmarkDatabase.NewSessionId());
                var agent = new SessionAgent(BenchmarkDatabase.AgentId);
                await session.InitializeAsync(agent);
                return (session, agent);
            })));
        }

        return () => Task.WhenAll(sessions.Select(one => one.Session.AppendMessageAsync(message.Clone(), one.Agent)));
    }

    // All of them have stored their question, and wait for the model.
    private static async Task<Func<Task>> StartPipelineAsync(ServiceProvider services, WaitingModel model, int callers)
    {
        var client = services.GetRequiredService<IChatClient>();
        var reached = model.Start(callers);
        Task[] turns =
        [
            .. Enumerable.Range(0, callers).Select(i => client.GetResponseAsync($"question {i}", new ChatOptions { ConversationId = BenchmarkDatabase.NewSessionId() })),
        ];
        await reached;
        return () =>
        {
            model.Answer();
            return Task.WhenAll(turns);
        };
    }

    private static ServiceProvider CreateServices(MongoClient mongo, string databaseName, WaitingModel model)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IMongoClient>(mongo).AddMongoSessionManager(options => options.DatabaseName = databaseName);
        services.AddChatClient(model).UseSessionManager(BenchmarkDatabase.AgentId);
        return services.BuildServiceProvider();
    }
}
