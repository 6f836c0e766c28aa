using System.Globalization;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Benchmarks;

/// <summary>
/// Writes how many bytes the stored documents have, and what the server says of its collections and indexes.
/// </summary>
/// <remarks>Documents have the same size on every MongoDB; what storage and indexes take depends on the engine.</remarks>
internal static class SizeTable
{
    private const int SessionCount = 2_000;
    private const int MessageCount = 20;
    private const int MaxDocumentSize = 16 * 1024 * 1024;

    public static async Task WriteAsync()
    {
        await using (var database = new BenchmarkDatabase())
        {
            await WriteDocumentsAsync(database);
        }

        await using var filled = new BenchmarkDatabase();
        await filled.AddSessionsAsync(SessionCount, MessageCount);
        await CreateHashedIndexAsync(filled.Raw, "sessions", "_id");
        await CreateHashedIndexAsync(filled.Raw, "sessions_messages", "session_id");
        await WriteCollectionsAsync(filled.Raw);
    }

    /// <summary>
    /// Writes what the server says of the collections and indexes of a database.
    /// </summary>
    public static async Task WriteCollectionsAsync(IMongoDatabase database)
    {
        WriteHead("collection or index", "documents", "bytes", "bytes/document");
        foreach (var name in (string[])["sessions", "sessions_messages"])
        {
            var count = await database.GetCollection<BsonDocument>(name).CountDocumentsAsync(new BsonDocument());
            var stats = await database.RunCommandAsync<BsonDocument>(new BsonDocument("collStats", name));
            WriteLine($"{name}, storage", count, stats["storageSize"].ToInt64());
            foreach (var index in stats["indexSizes"].AsBsonDocument)
            {
                WriteLine($"{name}, {index.Name}", count, index.Value.ToInt64());
            }
        }
    }

    // As sharding by the hash does.
    private static Task<string> CreateHashedIndexAsync(IMongoDatabase database, string collection, string field) => database
        .GetCollection<BsonDocument>(collection)
        .Indexes
        .CreateOneAsync(new CreateIndexModel<BsonDocument>(new BsonDocument(field, "hashed")));

    private static async Task WriteDocumentsAsync(BenchmarkDatabase database)
    {
        WriteHead("document", "bytes");
        var (session, agent) = await database.AddSessionAsync(MessageCount);
        var size = await GetSessionSizeAsync();
        WriteLine($"session, 1 agent, id of {session.SessionId.Length} characters", size);
        await WriteGrowthAsync("session, each further agent", 10, i => session.InitializeAsync(new SessionAgent($"{agent.AgentId}{i}") { Model = agent.Model, SystemPrompt = agent.SystemPrompt }));
        await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Up, Comment = "Quick, and to the point." });
        WriteLine("feedback, comment of 24 characters", await GetSizeAsync("sessions_feedback", new BsonDocument("session_id", session.SessionId)));
        WriteLine("message, 1 kB, of the user", await GetSizeAsync("sessions_messages", new BsonDocument("message_id", 0)));
        WriteLine("message, 1 kB, of the assistant, with metrics", await GetSizeAsync("sessions_messages", new BsonDocument("message_id", 1)));
        await session.AppendMessageAsync(new ChatMessage(ChatRole.User, ""), agent);
        WriteLine("message, no text", await GetSizeAsync("sessions_messages", new BsonDocument("message_id", MessageCount)));

        async Task WriteGrowthAsync(string name, int count, Func<int, Task> addAsync)
        {
            var before = await GetSessionSizeAsync();
            for (var i = 0; i < count; i++)
            {
                await addAsync(i);
            }

            var growth = (await GetSessionSizeAsync() - before) / count;
            WriteLine(name, growth);
            WriteLine($"{name}: how many fill 16 MB", (MaxDocumentSize - size) / growth);
        }

        Task<long> GetSessionSizeAsync() => GetSizeAsync("sessions", new BsonDocument("_id", session.SessionId));

        async Task<long> GetSizeAsync(string collection, BsonDocument filter)
        {
            using var document = await database.Raw.GetCollection<RawBsonDocument>(collection).Find(filter).FirstAsync();
            return document.Slice.Length;
        }
    }

    private static void WriteHead(string caption, params string[] columns)
    {
        Console.WriteLine();
        Console.WriteLine($"| {caption,-60} |{string.Concat(columns.Select(column => $" {column,15} |"))}");
        Console.WriteLine($"|--------------------------------------------------------------|{string.Concat(columns.Select(_ => "----------------:|"))}");
    }

    private static void WriteLine(string name, long count, long bytes) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name,-60} | {count,15:N0} | {bytes,15:N0} | {(double)bytes / count,15:N1} |"));

    private static void WriteLine(string name, long bytes) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name,-60} | {bytes,15:N0} |"));
}
