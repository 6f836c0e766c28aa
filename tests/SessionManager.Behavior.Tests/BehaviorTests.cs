using Microsoft.Extensions.AI;

namespace SessionManager.Behavior;

/// <summary>
/// Tests of one conversation each, which goes on in another process with every request.
/// </summary>
public abstract class BehaviorTests(Stores stores) : IClassFixture<Stores>
{
    public static MatrixTheoryData<Wiring, bool, bool> Ways { get; } = new(Enum.GetValues<Wiring>(), [false, true], [false, true]);

    public static MatrixTheoryData<Wiring, bool, bool, Ids> WaysWithIds { get; } =
        new(Enum.GetValues<Wiring>(), [false, true], [false, true], Enum.GetValues<Ids>());

    protected string SessionId { get; } = DatabaseFixture.NewSessionId();

    protected Stores Stores => stores;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// Gets what asks a service for more than it can do now.
    /// </summary>
    private protected static HttpRequestException Unavailable => new("The service is unavailable.", inner: null, System.Net.HttpStatusCode.ServiceUnavailable);

    private protected static ChatMessage User(string text, string? id = null) => new(ChatRole.User, text) { MessageId = id };

    /// <summary>
    /// Starts a process that gets the next requests.
    /// </summary>
    private protected Conversation Start(
        Wiring wiring, bool isStreaming, bool isInMemory, ScriptedModel model, IReadOnlyList<AITool>? tools = null, Func<ConversationOptions, ConversationOptions>? configure = null)
    {
        var options = new ConversationOptions { Wiring = wiring, IsStreaming = isStreaming, SessionId = SessionId, Model = model, Tools = tools ?? [] };
        return Conversation.Start(stores.StartProcess(isInMemory), configure?.Invoke(options) ?? options);
    }
}
