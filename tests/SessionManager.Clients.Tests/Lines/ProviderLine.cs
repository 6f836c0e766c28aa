using Microsoft.Extensions.AI;

namespace SessionManager.Clients.Lines;

/// <summary>
/// The line to a provider: its real client at one end, at the other a handler that takes and answers what the provider does.
/// </summary>
internal abstract class ProviderLine : IDisposable
{
    public const string Anthropic = "anthropic";
    public const string OpenAIChat = "openai chat";
    public const string OpenAIResponses = "openai responses";
    public const string Ollama = "ollama";

    private int _thoughtCount;

    public static IReadOnlyList<string> Names { get; } = [Anthropic, OpenAIChat, OpenAIResponses, Ollama];

    public abstract string Name { get; }

    public abstract ProviderHandler Handler { get; }

    /// <summary>
    /// Gets a value indicating whether the provider gets its thoughts back, and knows them again.
    /// </summary>
    public virtual bool SignsThoughts => false;

    public static ProviderLine Open(string name) => name switch
    {
        Anthropic => new AnthropicLine(),
        OpenAIChat => new OpenAIChatLine(),
        OpenAIResponses => new OpenAIResponsesLine(),
        Ollama => new OllamaLine(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such provider."),
    };

    /// <summary>
    /// Builds a pipeline as a process does that has just started.
    /// </summary>
    public IChatClient Build(IServiceProvider services, bool isInside, Action<SessionChatOptions>? configure = null)
    {
        var builder = new ChatClientBuilder(CreateClient());
        return isInside
            ? builder.UseFunctionInvocation().UseSessionManager(ScriptedPipeline.AgentId, configure).Build(services)
            : builder.UseSessionManager(ScriptedPipeline.AgentId, configure).UseFunctionInvocation().Build(services);
    }

    /// <summary>
    /// Gets the options of a request.
    /// </summary>
    public virtual ChatOptions For(string sessionId, params AITool[] tools) => ScriptedPipeline.For(sessionId, tools);

    /// <summary>
    /// Makes a thought as the provider has them.
    /// </summary>
    public WirePart.Thought Think(string text) => new(text, SignsThoughts ? $"{Name.Replace(' ', '-')}-signature-{++_thoughtCount}" : null);

    /// <summary>
    /// Gets all that the provider was sent, as one text.
    /// </summary>
    public string GetEverythingSent() => string.Join('\n', Handler.Requests.SelectMany(static request => request.Messages));

    public void Dispose()
    {
        Handler.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Creates the client, with no pipeline around it.
    /// </summary>
    public abstract IChatClient CreateClient();

    // A client may dispose of its HttpClient, never of the line.
    protected HttpClient CreateHttpClient() => new(Handler, disposeHandler: false);
}
