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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Case23_PropertyOfTheAnswerThatCannotBeStored_IsLeftOut(bool isStreaming)
    {
        var sessionId = DatabaseFixture.NewSessionId();
        var content = new TextContent("Hi") { AdditionalProperties = new() { ["raw"] = new Action(() => { }), ["kept"] = 1 } };
        await using var host = AgentHost.Start(database, new ScriptedModel(new ScriptedAnswer(content)));
        var session = await host.Agent.OpenSessionAsync(sessionId, TestContext.Current.CancellationToken);

        var response = await host.Agent.AskAsync(isStreaming, session, "Hello");

        Assert.NotNull(response.Messages[0].Contents[0].AdditionalProperties?["raw"]);
        var stored = await host.Sessions.Create(sessionId).ListMessagesAsync(AgentHost.AgentName, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["kept"], stored[1].Message.Contents[0].AdditionalProperties?.Keys);
    }

    [Fact]
    public async Task RunAsync_GeneratedMessages_ComeBackEqual()
    {
        var seed = (ulong)Random.Shared.NextInt64();
        // Answers to nothing are left out, and so is what says nothing, or who it is twice.
        ChatMessage[] messages =
        [
            .. ChatMessageGenerators.Message.Sample(3 * RunCount * MessageCount, new Rnd(seed), 50)
                .Where(message => !message.Contents.All(content => content is TextContent { Text: var text } && string.IsNullOrWhiteSpace(text)))
                .Where(message => !message.Contents.Any(content => content is FunctionResultContent or InputResponseContent))
                .Take(RunCount * MessageCount),
        ];
        for (var i = 0; i < messages.Length; i++)
        {
            messages[i].MessageId = $"{messages[i].MessageId}-{i}";
            messages[i].Contents.Insert(0, new TextContent($"{i}"));
        }

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
            ChatMessage question = new(ChatRole.User, "What next?") { MessageId = $"question {batch[0].MessageId}" };
            model.Answer = batch[(MessageCount / 2)..];
            await host.Agent.RunAsync([question, .. batch[..(MessageCount / 2)]], session, cancellationToken: Cancellation);
        }

        var stored = await host.Sessions.Create(_sessionId).ListMessagesAsync(AgentHost.AgentName, cancellationToken: Cancellation);
        ChatMessage[] found = [.. stored.Select(message => message.Message).Where((_, i) => i % (MessageCount + 1) != 0)];
        Assert.Equal(messages.Length, found.Length);
        for (var i = 0; i < found.Length; i++)
        {
            messages[i].AdditionalProperties?.Remove("position");
            foreach (var message in (ChatMessage[])[messages[i], found[i]])
            {
                message.AdditionalProperties = message.AdditionalProperties is { Count: > 0 } properties ? properties : null;
            }

            var error = Record.Exception(() => ChatMessageAssert.Equal(messages[i], found[i]));
            Assert.True(error is null, $"seed {seed}, message {i}: {error?.Message}");
        }
    }

    // Takes anything: what goes round here is any message there can be, which no provider takes.
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
