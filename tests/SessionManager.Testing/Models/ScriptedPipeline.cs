using Microsoft.Extensions.AI;

namespace SessionManager.Testing.Models;

/// <summary>
/// Where sessions stand in a pipeline, and how it is called: the same test for each.
/// </summary>
public static class ScriptedPipeline
{
    public const string AgentId = "support";

    /// <summary>
    /// Builds a pipeline with function invocation, and sessions inside or outside of it.
    /// </summary>
    public static IChatClient Build(this ScriptedModel model, IServiceProvider services, bool isInside, Action<SessionChatOptions>? configure = null)
    {
        var builder = new ChatClientBuilder(model);
        return isInside
            ? builder.UseFunctionInvocation().UseSessionManager(AgentId, configure).Build(services)
            : builder.UseSessionManager(AgentId, configure).UseFunctionInvocation().Build(services);
    }

    /// <summary>
    /// Builds a pipeline with sessions alone.
    /// </summary>
    public static IChatClient Build(this ScriptedModel model, IServiceProvider services, Action<SessionChatOptions>? configure = null) =>
        new ChatClientBuilder(model).UseSessionManager(AgentId, configure).Build(services);

    /// <summary>
    /// Calls a client, streaming or not, and checks that everything that comes back belongs to the session.
    /// </summary>
    public static async Task<ChatResponse> AskAsync(
        this IChatClient client,
        bool isStreaming,
        IEnumerable<ChatMessage> messages,
        ChatOptions options,
        CancellationToken cancellationToken)
    {
        if (!isStreaming)
        {
            var response = await client.GetResponseAsync(messages, options, cancellationToken);
            Assert.Equal(options.ConversationId, response.ConversationId);
            return response;
        }

        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in client.GetStreamingResponseAsync(messages, options, cancellationToken))
        {
            Assert.Equal(options.ConversationId, update.ConversationId);
            updates.Add(update);
        }

        var combined = updates.ToChatResponse();
        combined.ContinuationToken = updates.LastOrDefault(static update => update.ContinuationToken is not null)?.ContinuationToken;
        return combined;
    }

    /// <summary>
    /// Calls a client with a text of the user's.
    /// </summary>
    public static Task<ChatResponse> AskAsync(this IChatClient client, bool isStreaming, string text, ChatOptions options, CancellationToken cancellationToken) =>
        client.AskAsync(isStreaming, [new ChatMessage(ChatRole.User, text)], options, cancellationToken);

    /// <summary>
    /// Gets options with tools for a session.
    /// </summary>
    public static ChatOptions For(string sessionId, params AITool[] tools) => new() { ConversationId = sessionId, Tools = tools };

    /// <summary>
    /// Makes a tool that answers with its name and a number.
    /// </summary>
    public static AIFunction Tool(string name, Action? whenCalled = null) => AIFunctionFactory.Create(
        (int number) =>
        {
            whenCalled?.Invoke();
            return $"{name} {number}";
        },
        name);
}
