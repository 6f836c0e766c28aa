using Microsoft.Extensions.AI;

namespace SessionManager.TestProcess;

/// <summary>
/// A turn in the session of an owner, whose model repeats what it is told.
/// </summary>
internal sealed class Saying(IServiceProvider services, string[] words)
{
    /// <summary>
    /// Asks, and tells how it ended.
    /// </summary>
    public async Task<string> AskAsync()
    {
        var (sessionId, agentId, text, tenant, user) = (words[1], words[2], words[3], words[4], words[5]);
        using var client = new ChatClientBuilder(new Echo()).UseSessionManager(agentId).Build(services);
        var options = new ChatOptions { ConversationId = sessionId }.With(new SessionRequest { Owner = new SessionOwner { Tenant = tenant, User = user } });
        try
        {
            await client.GetResponseAsync(text, options);
            return "answered";
        }
        catch (SessionException e)
        {
            return e.GetType().Name;
        }
    }

    private sealed class Echo : WholeAnswerModel
    {
        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, messages.Last().Text)));
    }
}
