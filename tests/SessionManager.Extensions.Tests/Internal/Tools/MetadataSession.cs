using System.Text.Json;
using Microsoft.Extensions.AI;
using MongoDB.Bson;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Tools;

/// <summary>
/// A session that has metadata and nothing else.
/// </summary>
internal sealed class MetadataSession(string? metadata) : ISessionManager
{
    private readonly BsonDocument? _metadata = metadata is null ? null : BsonDocument.Parse(metadata);

    public string SessionId => "s1";

    public SessionOwner Owner => SessionOwner.None;

    /// <summary>Gets the operations so far.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Gets what the last update was given.</summary>
    public IReadOnlyDictionary<string, object?>? LastUpdate { get; private set; }

    /// <summary>Gets or sets what stands in for reading.</summary>
    public Func<IReadOnlyCollection<string>?, IReadOnlyDictionary<string, object?>?>? OnGet { get; init; }

    /// <summary>Gets or sets what every operation throws.</summary>
    public Exception? Failure { get; init; }

    public string? Stored => _metadata?.ToJson();

    public Task UpdateMetadataAsync(IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken = default)
    {
        Begin("update", metadata.Keys, cancellationToken);
        LastUpdate = metadata;
        MetadataKeys.ThrowIfUnwritable(metadata, nameof(metadata));
        foreach (var (key, value) in metadata)
        {
            Find(key, out var name)[name] = MetadataValues.ToBson(value, nameof(metadata));
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyDictionary<string, object?>?> GetMetadataAsync(IReadOnlyCollection<string>? keys = null, CancellationToken cancellationToken = default)
    {
        Begin("get", keys ?? ["*"], cancellationToken);
        var found = OnGet is not null ? OnGet(keys)
            : _metadata is null ? null
            : keys is null ? MetadataValues.FromBson(_metadata)
            : MetadataFields.Select(MetadataValues.FromBson(_metadata), keys);
        return Task.FromResult(found);
    }

    public Task DeleteMetadataAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default)
    {
        Begin("delete", keys, cancellationToken);
        MetadataKeys.ThrowIfUnwritable(keys, nameof(keys));
        foreach (var key in keys)
        {
            Find(key, out var name).Remove(name);
        }

        return Task.CompletedTask;
    }

    public Task<T?> GetMetadataAsync<T>(JsonSerializerOptions? serializerOptions = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<long?> IncrementMetadataAsync(string key, long amount = 1, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public AIFunction GetMetadataTool(MetadataToolOptions? options = null) => throw new NotSupportedException();

    public Task<bool> CreateSessionAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> CreateSessionAsync(IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> SessionExistsAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> DeleteSessionAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<AgentInitialization> InitializeAsync(ISessionAgent agent, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<AgentInitialization> InitializeAsync(ISessionAgent agent, AgentInitializationOptions options, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<int>> AppendMessagesAsync(IReadOnlyList<ChatMessage> messages, ISessionAgent agent, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<int> AppendMessageAsync(ChatMessage message, ISessionAgent agent, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<ISessionRun> StartRunAsync(ISessionAgent agent, AgentInitializationOptions? options = null, WhenBusy? whenBusy = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> RequestStopAsync(string agentId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<AgentBranch> RewindAsync(string agentId, int position, WhenBusy? whenBusy = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<AgentBranch> UndoLastTurnAsync(string agentId, WhenBusy? whenBusy = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<AgentBranch> ClearAsync(string agentId, WhenBusy? whenBusy = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<AgentBranch> SwitchBranchAsync(string agentId, int branch, WhenBusy? whenBusy = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> ForkAsync(string targetSessionId, IReadOnlyDictionary<string, int>? messageCounts = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<HistoryBranch>> ListBranchesAsync(string agentId, int? beforeBranch = null, int limit = 50, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task SyncAgentAsync(ISessionAgent agent, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<SessionMessage>> ListMessagesAsync(string agentId, MessageQuery? query = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public IAsyncEnumerable<SessionMessage> StreamMessagesAsync(string agentId, MessageQuery? query = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<int> GetMessageCountAsync(string agentId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> TryReplaceDamagedMessageAsync(string agentId, int position, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<AgentConfig?> GetAgentConfigAsync(string agentId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<AgentConfig>> ListAgentsAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<string?> GetApplicationNameAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<SessionInfo?> GetSessionAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task SetTitleAsync(string? title, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<int?> RedactLatestMessageAsync(ChatMessage redactMessage, ISessionAgent agent, RedactionDetails? details = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task UpdateAgentConfigAsync(string agentId, string? model = null, string? systemPrompt = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task SetPromptMetadataAsync(string agentId, IReadOnlyDictionary<string, object?> promptMetadata, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<SessionUsage> GetUsageAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<Feedback?> AddFeedbackAsync(Feedback feedback, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<bool> DeleteFeedbackAsync(string feedbackId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<FeedbackPage> ListFeedbacksAsync(FeedbackQuery query, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<Feedback>> GetFeedbacksAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Begin(string operation, IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Calls.Add($"{operation} {string.Join(' ', keys)}");
        if (Failure is not null)
        {
            throw Failure;
        }

        if (_metadata is null && operation != "get")
        {
            throw new SessionNotFoundException(SessionId);
        }
    }

    private BsonDocument Find(string key, out string name)
    {
        var segments = key.Split('.');
        name = segments[^1];
        var parent = _metadata!;
        foreach (var segment in segments[..^1])
        {
            parent = parent.GetValue(segment, null) as BsonDocument ?? (BsonDocument)(parent[segment] = new BsonDocument());
        }

        return parent;
    }
}
