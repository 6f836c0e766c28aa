using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.AI;
using SessionManager.Testing.Messages;

namespace SessionManager.AgentFramework.Tests;

public sealed class ContentTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const int RunCount = 20;
    private const int MessageCount = 60;

    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_GeneratedMessages_ComeBackEqual()
    {
        var seed = (ulong)Random.Shared.NextInt64();
        ChatMessage[] messages = [.. ChatMessageGenerators.Message.Sample(RunCount * MessageCount, new Rnd(seed), 50)];
        var model = new AnsweringModel();
        await using var host = AgentHost.Start(database, model, configure: options =>
        {
            // What function invocation makes of calls and approvals is not asked here.
            options.UseProvidedChatClientAsIs = true;
            options.ChatHistoryProvider = new SessionChatHistoryProvider(database.Factory);
        });
        var session = await host.Agent.OpenSessionAsync(_sessionId, Cancellation);

        foreach (var batch in messages.Chunk(MessageCount))
        {
            // A system message in front would be configuration.
            ChatMessage question = new(ChatRole.User, "What next?");
            model.Answer = batch[(MessageCount / 2)..];
            await host.Agent.RunAsync([question, .. batch[..(MessageCount / 2)]], session, cancellationToken: Cancellation);
        }

        var stored = await host.Sessions.Create(_sessionId).ListMessagesAsync(AgentHost.AgentName, cancellationToken: Cancellation);
        ChatMessage[] found = [.. stored.Select(message => message.Message).Where((_, i) => i % (MessageCount + 1) != 0)];
        Assert.Equal(messages.Length, found.Length);
        for (var i = 0; i < found.Length; i++)
        {
            var error = Record.Exception(() => ChatMessageAssert.Equal(messages[i], found[i]));
            Assert.True(error is null, $"seed {seed}, message {i}: {error?.Message}");
        }
    }

    private sealed class AnsweringModel : IChatClient
    {
        public IReadOnlyList<ChatMessage> Answer { get; set; } = [];

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            _ = messages.Count();
            return Task.FromResult(new ChatResponse([.. Answer]));
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
