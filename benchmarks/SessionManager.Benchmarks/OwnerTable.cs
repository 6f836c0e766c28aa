using System.Globalization;

namespace SessionManager.Benchmarks;

/// <summary>
/// Writes what a list of an owner's newest sessions costs among few and among many sessions of others. Takes minutes.
/// </summary>
internal static class OwnerTable
{
    private const int Rounds = 1_000;
    private const int SessionsOfOwner = 100;
    private const int Writers = 64;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(90);
    private static readonly int[] SessionCounts = [1_000, 10_000, 100_000];

    public static async Task WriteAsync()
    {
        var databases = new List<BenchmarkDatabase>();
        try
        {
            var columns = new List<(string, Owned)>();
            foreach (var count in SessionCounts)
            {
                databases.Add(new BenchmarkDatabase());
                await databases[^1].Storage.PrepareAsync();
                await AddAsync(databases[^1], count / SessionsOfOwner);
                columns.Add((count.ToString("N0", CultureInfo.InvariantCulture), new Owned(databases[^1], count / SessionsOfOwner)));
            }

            Console.WriteLine($"Waiting {Settling.TotalSeconds} s: servers gather statistics on what was just stored in the background.");
            await Task.Delay(Settling);
            var table = new TurnTable<Owned>("sessions, 100 an owner", Rounds, columns);
            table.WriteHead();
            await table.WriteAsync("List 50 of an owner", static (owned, _) => owned.ListAsync(new SessionQuery()));
            await table.WriteAsync("... by the last update", static (owned, _) => owned.ListAsync(new SessionQuery { Order = SessionOrder.UpdatedAt }));
            await table.WriteAsync("... the same ten owners", static (owned, _) => owned.ListAsync(new SessionQuery(), SessionCounts[0] / SessionsOfOwner));
            await table.WriteAsync("List 50 of all", static (owned, _) => owned.Database.Storage.Catalog!.ListSessionsAsync(new SessionQuery()));
        }
        finally
        {
            foreach (var database in databases)
            {
                await database.DisposeAsync();
            }
        }
    }

    // The owners take turns, as in life: what is one's own lies far apart.
    private static Task AddAsync(BenchmarkDatabase database, int ownerCount) => Parallel.ForEachAsync(
        Enumerable.Range(0, ownerCount * SessionsOfOwner),
        new ParallelOptions { MaxDegreeOfParallelism = Writers },
        async (i, token) => await database.Factory.ForOwner(ToOwner(i % ownerCount)).Create(BenchmarkDatabase.NewSessionId()).CreateSessionAsync(token));

    private static SessionOwner ToOwner(int number) => new()
    {
        Tenant = string.Create(CultureInfo.InvariantCulture, $"tenant-{number % 10}"),
        User = string.Create(CultureInfo.InvariantCulture, $"user-{number}"),
    };

    private sealed record Owned(BenchmarkDatabase Database, int OwnerCount)
    {
        private readonly Random _random = new(1);

        // Another one each time, so that what was read before is no help.
        public Task ListAsync(SessionQuery query) => ListAsync(query, OwnerCount);

        // Of as many as the smallest has, what was read before helps all of them alike.
        public async Task ListAsync(SessionQuery query, int ownerCount)
        {
            var page = await Database.Storage.Catalog!.ListSessionsAsync(query with { Owner = ToOwner(_random.Next(ownerCount)) });
            if (page.Sessions.Count != query.Limit)
            {
                throw new InvalidOperationException($"The page has {page.Sessions.Count} sessions.");
            }
        }
    }
}
