using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Behavior;

/// <summary>
/// One process of an application, in any wiring, and what its clients do in one session.
/// </summary>
internal sealed class Conversation
{
    public const string AgentId = "support";

    private readonly IServiceProvider _services;
    private readonly ConversationOptions _options;
    private readonly IChatClient? _client;
    private readonly AIAgent? _agent;

    private Conversation(IServiceProvider services, ConversationOptions options)
    {
        (_services, _options) = (services, options);
        var builder = new ChatClientBuilder(options.Model);
        switch (options.Wiring)
        {
            case Wiring.Inside:
                _client = builder.UseFunctionInvocation(configure: options.ConfigureInvocation).UseSessionManager(options.AgentId, Configure).Build(services);
                break;
            case Wiring.Outside:
                _client = builder.UseSessionManager(options.AgentId, Configure).UseFunctionInvocation(configure: options.ConfigureInvocation).Build(services);
                break;
            case Wiring.AgentOverPipeline:
                _agent = builder.UseSessionManager(options.AgentId, Configure).UseFunctionInvocation(configure: options.ConfigureInvocation).Build(services)
                    .AsAIAgent(new ChatClientAgentOptions { Name = options.AgentId, ChatOptions = new() { Tools = [.. options.Tools] }, UseProvidedChatClientAsIs = true });
                break;
            default:
                _agent = CreateAgent(builder);
                break;
        }
    }

    /// <summary>
    /// Gets the pipeline where it is the application that uses it, or null.
    /// </summary>
    public IChatClient? Client => _client;

    public ScriptedModel Model => _options.Model;

    public ISessionManagerFactory Sessions => _services.GetRequiredService<ISessionManagerFactory>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Conversation Start(IServiceProvider services, ConversationOptions options) => new(services, options);

    /// <summary>
    /// Sends a text of the user's.
    /// </summary>
    public Task<ChatResponse> SendAsync(string text) => SendAsync(new ChatMessage(ChatRole.User, text));

    /// <summary>
    /// Sends a request, as an endpoint does that opens the session for each.
    /// </summary>
    public async Task<ChatResponse> SendAsync(params IEnumerable<ChatMessage> messages)
    {
        if (_client is not null)
        {
            return await _client.AskAsync(_options.IsStreaming, messages, CreateChatOptions(), _options.Cancellation);
        }

        var session = await OpenAsync(_agent!);
        if (!_options.IsStreaming)
        {
            var response = await _agent!.RunAsync(messages, session, CreateRunOptions(), _options.Cancellation);
            return WithToken(response, response.ContinuationToken);
        }

        var updates = await _agent!.RunStreamingAsync(messages, session, CreateRunOptions(), _options.Cancellation).ToListAsync(_options.Cancellation);
        return WithToken(updates.ToAgentResponse(), updates.LastOrDefault(static update => update.ContinuationToken is not null)?.ContinuationToken);
    }

    /// <summary>
    /// Sends a request whose answer is streamed, and stops listening after some updates.
    /// </summary>
    public async Task SendAndStopAsync(int updateCount, params IEnumerable<ChatMessage> messages)
    {
        if (_client is not null)
        {
            await TakeAsync(_client.GetStreamingResponseAsync(messages, CreateChatOptions(), _options.Cancellation), updateCount);
        }
        else
        {
            var session = await OpenAsync(_agent!);
            await TakeAsync(_agent!.RunStreamingAsync(messages, session, CreateRunOptions(), _options.Cancellation), updateCount);
        }
    }

    /// <summary>
    /// Sends a request whose answer is streamed, and gets the updates, for as long as somebody listens.
    /// </summary>
    public async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(IEnumerable<ChatMessage> messages)
    {
        if (_client is not null)
        {
            var options = new ChatOptions { ConversationId = _options.SessionId, Tools = [.. _options.Tools] };
            await foreach (var update in _client.GetStreamingResponseAsync(messages, options, Cancellation))
            {
                yield return update;
            }

            yield break;
        }

        var session = _options.Wiring == Wiring.AgentOverPipeline
            ? await ((ChatClientAgent)_agent!).CreateSessionAsync(_options.SessionId, Cancellation)
            : await _agent!.OpenSessionAsync(_options.SessionId, Cancellation);
        await foreach (var update in _agent!.RunStreamingAsync(messages, session, cancellationToken: Cancellation))
        {
            yield return update.AsChatResponseUpdate();
        }
    }

    /// <summary>
    /// Gets what is stored, in short.
    /// </summary>
    public async Task<IReadOnlyList<string>> ListAsync() => [.. (await ListMessagesAsync()).Select(message => ScriptedRequest.Show(message.Message))];

    public Task<IReadOnlyList<SessionMessage>> ListMessagesAsync() =>
        Sessions.Create(_options.SessionId).ListMessagesAsync(_options.AgentId, cancellationToken: Cancellation);

    /// <summary>
    /// Gets what lists show of the session.
    /// </summary>
    public async Task<SessionInfo> GetInfoAsync() => (await Sessions.Create(_options.SessionId).GetSessionAsync(Cancellation))!;

    // Agent Framework's token has the model's inside.
    private static ChatResponse WithToken(AgentResponse response, ResponseContinuationToken? token)
    {
        var answer = response.AsChatResponse();
        answer.ContinuationToken = token;
        return answer;
    }

    private static async Task TakeAsync<T>(IAsyncEnumerable<T> updates, int count)
    {
        await foreach (var update in updates)
        {
            if (--count <= 0)
            {
                break;
            }
        }
    }

    // Of its own for each request, as endpoints make them.
    private ChatOptions CreateChatOptions() => new()
    {
        ConversationId = _options.SessionId,
        Tools = [.. _options.Tools],
        ContinuationToken = _options.ContinuationToken,
        AllowBackgroundResponses = _options.AllowBackgroundResponses ? true : null,
    };

    private AgentRunOptions? CreateRunOptions() =>
        _options.AllowBackgroundResponses ? new AgentRunOptions { ContinuationToken = _options.ContinuationToken, AllowBackgroundResponses = true } : null;

    private async Task<AgentSession> OpenAsync(AIAgent agent) => _options.Wiring == Wiring.AgentOverPipeline
        ? await ((ChatClientAgent)agent).CreateSessionAsync(_options.SessionId, Cancellation)
        : await agent.OpenSessionAsync(_options.SessionId, Cancellation);

    private void Configure(SessionChatOptions options)
    {
        options.WhenBusy = _options.WhenBusy;
        (options.Window, options.UserMessagesOnly) = (_options.Window, _options.UserMessagesOnly);
        options.AllowUnguardedApprovals = _options.Wiring == Wiring.Inside;
    }

    private AIAgent CreateAgent(ChatClientBuilder builder)
    {
        var sessionOptions = new SessionAIAgentOptions { Window = _options.Window, UserMessagesOnly = _options.UserMessagesOnly, WhenBusy = _options.WhenBusy };
        var agent = builder.Build(_services).AsAIAgent(new ChatClientAgentOptions
        {
            Name = _options.AgentId,
            ChatOptions = new() { Tools = [.. _options.Tools] },
            ChatHistoryProvider = new SessionChatHistoryProvider(Sessions, sessionOptions),
            RequirePerServiceCallChatHistoryPersistence = _options.Wiring == Wiring.AgentPerModelCall,
        });
        _options.ConfigureInvocation?.Invoke(agent.GetService<FunctionInvokingChatClient>()!);
        return agent.WithSessionManager();
    }
}
