using System.Runtime.CompilerServices;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using SessionManager.Testing.Providers;

namespace SessionManager.AgentFramework.Tests;

/// <summary>
/// Responses that the service goes on with after a run has ended, and that another run continues.
/// </summary>
public sealed class BackgroundResponseTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_ContinuedByAnotherRun_StoresQuestionAndAnswerOnce(bool isLed)
    {
        await using var host = AgentHost.Start(database, new SlowService(), isLed);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        var begun = await host.Agent.RunAsync("Hello", session, new AgentRunOptions { AllowBackgroundResponses = true }, Cancellation);
        var ended = await host.Agent.RunAsync(session, new AgentRunOptions { ContinuationToken = begun.ContinuationToken }, Cancellation);

        Assert.Equal("Here it is.", ended.Text);
        Assert.Equal(["user: Hello", "assistant: Here it is."], await host.ListAsync(_sessionId));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunStreamingAsync_StoppedAndContinuedByAnotherRun_StoresQuestionAndAnswerOnce(bool isLed)
    {
        await using var host = AgentHost.Start(database, new SlowService(), isLed);
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        ResponseContinuationToken? token = null;
        await foreach (var update in host.Agent.RunStreamingAsync("Hello", session, new AgentRunOptions { AllowBackgroundResponses = true }, Cancellation))
        {
            token = update.ContinuationToken;
            break;
        }

        var ended = await host.Agent.RunStreamingAsync(session, new AgentRunOptions { ContinuationToken = token }, Cancellation).ToAgentResponseAsync(Cancellation);

        Assert.Equal("it is.", ended.Text);
        Assert.Equal(["user: Hello", "assistant: Here it is."], await host.ListAsync(_sessionId));
    }

    private sealed class SlowService : IChatClient
    {
        private static readonly ResponseContinuationToken Token = ResponseContinuationToken.FromBytes(new byte[] { 1 });

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            ProviderRules.ThrowIfRefused([.. messages], options);
            return Task.FromResult(options?.ContinuationToken is null
                ? new ChatResponse { ContinuationToken = Token }
                : new ChatResponse(new ChatMessage(ChatRole.Assistant, "Here it is.")));
        }

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            ProviderRules.ThrowIfRefused([.. messages], options);
            if (options?.ContinuationToken is null)
            {
                yield return new ChatResponseUpdate(ChatRole.Assistant, "Here ") { ContinuationToken = Token };
            }

            yield return new ChatResponseUpdate(ChatRole.Assistant, "it is.");
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
