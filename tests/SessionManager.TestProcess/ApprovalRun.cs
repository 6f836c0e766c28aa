using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.TestProcess;

/// <summary>
/// A tool that pays when somebody has approved it: what it does is a document of the collection <c>payments</c>. Where it is told to,
/// it stays there until the session has a document in <c>releases</c>.
/// </summary>
internal sealed class ApprovalRun(IServiceProvider services, IMongoDatabase database, string[] words)
{
    private readonly string _sessionId = words[1];
    private readonly string _agentId = words[2];
    private readonly bool _isAgent = words[3] == "agent";
    private readonly bool _stays = words is [.., "stays"];

    public async Task<string> AskAsync()
    {
        await SendAsync(new ChatMessage(ChatRole.User, "Pay it."));
        return "asked";
    }

    public async Task<string> ClickAsync()
    {
        await using var session = services.GetRequiredService<ISessionManagerFactory>().Create(_sessionId);
        var stored = await session.ListMessagesAsync(_agentId);
        var request = stored.SelectMany(static message => message.Message.Contents).OfType<ToolApprovalRequestContent>().Single();
        try
        {
            return "answered " + await SendAsync(new ChatMessage(ChatRole.User, [request.CreateResponse(approved: true)]));
        }
        catch (RequestAnsweredException)
        {
            return "refused";
        }
        catch (SessionRunLostException)
        {
            return "lost";
        }
    }

    private async Task<string> SendAsync(ChatMessage message)
    {
        var builder = new ChatClientBuilder(new Model());
        AITool[] tools = [new ApprovalRequiredAIFunction(AIFunctionFactory.Create(PayAsync, "pay"))];
        if (!_isAgent)
        {
            using var client = builder.UseSessionManager(_agentId).UseFunctionInvocation().Build(services);
            return (await client.GetResponseAsync(message, new ChatOptions { ConversationId = _sessionId, Tools = tools })).Text;
        }

        var agent = builder.Build(services).AsAIAgent(new ChatClientAgentOptions
        {
            Name = _agentId,
            ChatOptions = new() { Tools = tools },
            ChatHistoryProvider = new SessionChatHistoryProvider(services.GetRequiredService<ISessionManagerFactory>()),
        }).WithSessionManager();
        return (await agent.RunAsync(message, await agent.OpenSessionAsync(_sessionId))).Text;
    }

    private async Task<string> PayAsync()
    {
        await database.GetCollection<BsonDocument>("payments").InsertOneAsync(new BsonDocument("session", _sessionId));
        if (_stays)
        {
            Console.WriteLine("in the tool");
            var releases = database.GetCollection<BsonDocument>("releases");
            while (await releases.CountDocumentsAsync(new BsonDocument("_id", _sessionId)) == 0)
            {
                await Task.Delay(20);
            }
        }

        return "paid";
    }

    private sealed class Model : WholeAnswerModel
    {
        public override Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new ChatResponse(messages.Last().Role == ChatRole.Tool
                ? new ChatMessage(ChatRole.Assistant, "Done.")
                : new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("call-1", "pay")])));
    }
}
