using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Migration.Tests;

/// <summary>
/// A pair of collections of a database for one test: Python's, and this library's.
/// </summary>
internal sealed class MigrationFixture
{
    private readonly DatabaseFixture _database;

    public MigrationFixture(DatabaseFixture database)
    {
        _database = database;
        Name = $"m{Guid.NewGuid():N}";
        Source = database.Database.GetCollection<BsonDocument>($"{Name}_python");
        Sessions = database.Database.GetCollection<BsonDocument>(Name);
        Messages = database.Database.GetCollection<BsonDocument>($"{Name}_messages");
        Feedback = database.Database.GetCollection<BsonDocument>($"{Name}_feedback");
    }

    public string Name { get; }

    public IMongoCollection<BsonDocument> Source { get; }

    public IMongoCollection<BsonDocument> Sessions { get; }

    public IMongoCollection<BsonDocument> Messages { get; }

    public IMongoCollection<BsonDocument> Feedback { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public PythonSessionMigration Create(IMongoClient? client = null)
    {
        var database = client?.GetDatabase(_database.DatabaseName) ?? _database.Database;
        return new PythonSessionMigration(database, $"{Name}_python", database, Name);
    }

    public Microsoft.Extensions.DependencyInjection.ServiceProvider CreateServices(TimeProvider? timeProvider = null) =>
        _database.CreateServices(options => options.CollectionName = Name, timeProvider: timeProvider);

    public Task AddAsync(params IEnumerable<BsonDocument> sessions) => Source.InsertManyAsync(sessions, cancellationToken: Cancellation);

    public Task<BsonDocument?> FindSessionAsync(string id) => Sessions.Find(new BsonDocument("_id", id)).SingleOrDefaultAsync(Cancellation)!;

    public Task<List<BsonDocument>> FindMessagesAsync(string id) =>
        Messages.Find(new BsonDocument("session_id", id)).Sort(new BsonDocument("_id", 1)).ToListAsync(Cancellation);

    public Task<List<BsonDocument>> FindFeedbackAsync(string id) =>
        Feedback.Find(new BsonDocument("session_id", id)).Sort(new BsonDocument { { "created_at", 1 }, { "_id", 1 } }).ToListAsync(Cancellation);

    public async Task<ReadSession> ReadTargetAsync(string id) =>
        TargetReader.Read((await FindSessionAsync(id))!, await FindMessagesAsync(id), await FindFeedbackAsync(id));

    /// <summary>
    /// Compares all of Python's sessions with the target, by readers of both sides, and looks for what belongs to none.
    /// </summary>
    public async Task AssertEqualAsync()
    {
        var sources = await Source.Find(new BsonDocument()).ToListAsync(Cancellation);
        foreach (var source in sources)
        {
            ReadSessionAssert.Equal(PythonReader.Read(source), await ReadTargetAsync(source["_id"].AsString));
        }

        var ids = sources.Select(static source => source["_id"]).ToList();
        Assert.Equal(ids.Count, await Sessions.CountDocumentsAsync(new BsonDocument(), cancellationToken: Cancellation));
        foreach (var collection in (IMongoCollection<BsonDocument>[])[Messages, Feedback])
        {
            var stray = await collection.CountDocumentsAsync(new BsonDocument("session_id", new BsonDocument("$nin", new BsonArray(ids))), cancellationToken: Cancellation);
            Assert.Equal(0, stray);
        }
    }

    /// <summary>
    /// Gets everything that is in the target, as bytes, to see whether anything has changed.
    /// </summary>
    public async Task<string> DumpAsync()
    {
        var documents = new List<BsonDocument>();
        foreach (var collection in (IMongoCollection<BsonDocument>[])[Sessions, Messages, Feedback])
        {
            documents.AddRange(await collection.Find(new BsonDocument()).Sort(new BsonDocument("_id", 1)).ToListAsync(Cancellation));
        }

        return string.Concat(documents.Select(static document => Convert.ToHexString(document.ToBson())));
    }
}
