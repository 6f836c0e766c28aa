using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SessionManager.AgentFramework.Tests;

// Code of the README: AgentFrameworkExamplesTests runs it, ReadmeTests of SessionManager.Extensions.Tests compares the two.
internal static class AgentFrameworkExamples
{
    public static void Register(HostApplicationBuilder builder)
    {
        // snippet: agent
        builder.Services.AddSessionAIAgent("support", (services, session) => services.GetRequiredService<IChatClient>().AsAIAgent(
            new ChatClientAgentOptions
            {
                Name = "support",
                ChatHistoryProvider = session.ChatHistoryProvider,
                AIContextProviders = [session.MetadataProvider], // the metadata tool, if the model may use it
            }));
        // endsnippet
    }

    // snippet: agentRun
    public sealed class SupportEndpoint([FromKeyedServices("support")] AIAgent agent)
    {
        public async Task<string> AnswerAsync(string sessionId, string text, CancellationToken cancellationToken)
        {
            var session = await agent.OpenSessionAsync(sessionId, cancellationToken);
            var response = await agent.RunAsync(text, session, cancellationToken: cancellationToken);
            return response.Text;
        }
    }

    // endsnippet
    public static AIAgent CreateWithoutContainer(IChatClient chatClient, ISessionManagerFactory sessions) =>
        // snippet: agentByHand
        new ChatClientAgent(chatClient, new ChatClientAgentOptions { Name = "support", ChatHistoryProvider = new SessionChatHistoryProvider(sessions) })
            .WithSessionManager();
        // endsnippet
}
