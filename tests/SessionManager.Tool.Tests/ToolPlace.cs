using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Tool.Tests;

/// <summary>
/// A database of its own for one test, with the library and the tool over it.
/// </summary>
internal sealed class ToolPlace : IAsyncDisposable
{
    private readonly InstalledTool _tool;
    private readonly MongoClient _client;
    private readonly ServiceProvider _services;

    public ToolPlace(InstalledTool tool, string connectionString)
    {
        _tool = tool;
        ConnectionString = connectionString;
        _client = new MongoClient(connectionString);
        DatabaseName = $"tool_test_{Guid.NewGuid():N}";
        Database = _client.GetDatabase(DatabaseName);
        var services = new ServiceCollection();
        services.AddSingleton<IMongoClient>(_client);
        services.AddMongoSessionManager(options =>
        {
            options.DatabaseName = DatabaseName;
            options.ApplicationName = "shop";
        });
        _services = services.BuildServiceProvider();
        Factory = _services.GetRequiredService<ISessionManagerFactory>();
    }

    public string ConnectionString { get; }

    public string DatabaseName { get; }

    public IMongoDatabase Database { get; }

    public ISessionManagerFactory Factory { get; }

    public IMongoCollection<BsonDocument> Sessions => Database.GetCollection<BsonDocument>("sessions");

    public IMongoCollection<BsonDocument> Messages => Database.GetCollection<BsonDocument>("sessions_messages");

    public IMongoCollection<BsonDocument> Feedback => Database.GetCollection<BsonDocument>("sessions_feedback");

    public Dictionary<string, string?> Environment => new(StringComparer.Ordinal)
    {
        ["SESSION_MANAGER_CONNECTION"] = ConnectionString,
        ["SESSION_MANAGER_DATABASE"] = DatabaseName,
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public Task<ToolResult> RunAsync(params string[] arguments) => _tool.RunAsync(Environment, arguments);

    /// <summary>
    /// Stores a session with some messages of an agent.
    /// </summary>
    public async Task AddSessionAsync(string sessionId, int messageCount = 2, string agentId = "support", IReadOnlyDictionary<string, object?>? metadata = null)
    {
        await _services.GetRequiredService<SessionStorageProvider>().DefaultStorage.PrepareAsync(Cancellation);
        await using var session = Factory.Create(sessionId);
        var agent = new SessionAgent(agentId) { Model = "gpt-5", SystemPrompt = "You help." };
        await session.InitializeAsync(agent, Cancellation);
        for (var i = 0; i < messageCount; i++)
        {
            await session.AppendMessageAsync(new ChatMessage(i % 2 == 0 ? ChatRole.User : ChatRole.Assistant, $"message {i}"), agent, Cancellation);
        }

        if (metadata is not null)
        {
            await session.UpdateMetadataAsync(metadata, Cancellation);
        }
    }

    /// <summary>
    /// Adds feedback of users on a session.
    /// </summary>
    public async Task AddFeedbackAsync(string sessionId, params string[] users)
    {
        await using var session = Factory.Create(sessionId);
        foreach (var user in users)
        {
            await session.AddFeedbackAsync(new Feedback { UserId = user, Rating = FeedbackRating.Up, Comment = $"by {user}" }, Cancellation);
        }
    }

    /// <summary>
    /// Goes back to an earlier message, goes on from there, and returns the branch.
    /// </summary>
    public async Task<int> RewindAsync(string sessionId, int position, params string[] texts)
    {
        await using var session = Factory.Create(sessionId);
        var branch = await session.RewindAsync("support", position, cancellationToken: Cancellation);
        var agent = new SessionAgent("support");
        await session.InitializeAsync(agent, Cancellation);
        foreach (var text in texts)
        {
            await session.AppendMessageAsync(new ChatMessage(ChatRole.User, text), agent, Cancellation);
        }

        return branch.Number;
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DropDatabaseAsync(DatabaseName);
        await _services.DisposeAsync();
        _client.Dispose();
    }
}
