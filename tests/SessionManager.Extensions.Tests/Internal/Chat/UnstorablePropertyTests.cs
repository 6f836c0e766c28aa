using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SessionManager.Testing.Models;

namespace SessionManager.Internal.Chat;

public sealed class UnstorablePropertyTests : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public UnstorablePropertyTests()
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddFakeLogging());
        services.AddInMemorySessionManager();
        _services = services.BuildServiceProvider();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a delegate")]
    [InlineData("a stream")]
    [InlineData("a cycle of maps")]
    [InlineData("a cycle of objects")]
    [InlineData("one deep inside")]
    public async Task Case23_PropertyOfTheAnswer_IsLeftOutAndNamed(string kind)
    {
        var value = Create(kind);
        var answer = new ScriptedAnswer(
            new TextContent("Hi") { AdditionalProperties = Properties("of the content", value), Annotations = [new() { AdditionalProperties = Properties("of the annotation", value) }] },
            new WebSearchToolResultContent("c") { Outputs = [new TextContent("a") { AdditionalProperties = new() { ["of the output"] = value } }] })
        {
            AdditionalProperties = Properties("of the message", value),
        };

        var response = await AskAsync(answer, "Hello");

        // The caller has everything.
        Assert.Same(value, response.Messages[0].AdditionalProperties?["of the message"]);
        Assert.Same(value, response.Messages[0].Contents[0].AdditionalProperties?["of the content"]);
        Assert.Same(value, response.Messages[0].Contents[0].Annotations?[0].AdditionalProperties?["of the annotation"]);
        var stored = (await ListAsync())[1].Message;
        Assert.Equal(["kept"], stored.AdditionalProperties?.Keys);
        Assert.Equal(["kept"], stored.Contents[0].AdditionalProperties?.Keys);
        Assert.Equal(["kept"], stored.Contents[0].Annotations?[0].AdditionalProperties?.Keys);
        Assert.Null(Assert.Single(Assert.IsType<WebSearchToolResultContent>(stored.Contents[1]).Outputs!).AdditionalProperties);
        var warnings = _services.GetFakeLogCollector().GetSnapshot().Where(record => record.Id.Name == "PropertyNotStored").ToList();
        Assert.Equal(
            ["of the annotation", "of the content", "of the message", "of the output"],
            warnings.Select(record => record.GetStructuredStateValue("PropertyName")).Order(StringComparer.Ordinal));
        Assert.All(warnings, record => Assert.Equal(LogLevel.Warning, record.Level));
        Assert.All(warnings, record => Assert.DoesNotContain("secret", record.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Case23_PropertyOfAStreamedAnswer_IsLeftOut()
    {
        var client = Client(new ScriptedAnswer(new TextContent("Hi") { AdditionalProperties = Properties("raw", new Action(() => { })) }));

        var updates = await client.GetStreamingResponseAsync("Hello", new ChatOptions { ConversationId = "s" }, Cancellation).ToListAsync(Cancellation);

        Assert.NotNull(updates[0].Contents[0].AdditionalProperties?["raw"]);
        Assert.Equal(["kept"], (await ListAsync())[1].Message.Contents[0].AdditionalProperties?.Keys);
    }

    [Fact]
    public async Task Case23_PropertyOfTheRequest_IsAnError()
    {
        var message = new ChatMessage(ChatRole.User, "Hello") { AdditionalProperties = Properties("raw", new Action(() => { })) };

        // Given as the first message of a new agent, and to one that is there.
        await AskAsync("Hi", "Hello");
        var exception = await Assert.ThrowsAsync<UnstorablePropertyException>(() => AskAsync("Hi", message));

        Assert.Equal((message, (object)message, "raw"), (exception.ChatMessage, exception.Owner, exception.PropertyName));
        Assert.Equal(2, (await ListAsync()).Count);
    }

    [Fact]
    public async Task Case23_PropertyByHand_IsAnError()
    {
        var agent = new SessionAgent("support");
        await using var session = Sessions.Create("s");
        await session.InitializeAsync(agent, Cancellation);
        var content = new TextContent("Hi") { AdditionalProperties = Properties("raw", new Action(() => { })) };

        var exception = await Assert.ThrowsAsync<UnstorablePropertyException>(() =>
            session.AppendMessageAsync(new ChatMessage(ChatRole.Assistant, [content]), agent, Cancellation));

        Assert.Same(content, exception.Owner);
        Assert.Equal(
            "The value at contents[0].additionalProperties['raw'] is of type System.Action, which cannot be stored as JSON. (Parameter 'message')",
            exception.Message);
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Case23_ArgumentOfACall_IsAnErrorStill()
    {
        var call = new FunctionCallContent("c", "f", new Dictionary<string, object?> { ["x"] = new Action(() => { }) });

        var exception = await Assert.ThrowsAsync<ArgumentException>(() => AskAsync(new ScriptedAnswer(call), "Hello"));

        Assert.IsNotType<UnstorablePropertyException>(exception);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private ISessionManagerFactory Sessions => _services.GetRequiredService<ISessionManagerFactory>();

    private static AdditionalPropertiesDictionary Properties(string name, object value) => new() { [name] = value, ["kept"] = 1 };

    private static object Create(string kind)
    {
        var cycle = new Dictionary<string, object?>();
        cycle["secret"] = cycle;
        return kind switch
        {
            "a delegate" => new Action(() => { }),
            "a stream" => new MemoryStream(),
            "a cycle of maps" => cycle,
            "a cycle of objects" => new Node(),
            _ => new Dictionary<string, object?> { ["list"] = new List<object?> { new Action(() => { }) } },
        };
    }

    private IChatClient Client(ScriptedAnswer answer) => new ScriptedModel(answer).AsBuilder().UseSessionManager("support").Build(_services);

    private Task<ChatResponse> AskAsync(ScriptedAnswer answer, string text) => AskAsync(answer, new ChatMessage(ChatRole.User, text));

    private Task<ChatResponse> AskAsync(ScriptedAnswer answer, ChatMessage message) =>
        Client(answer).GetResponseAsync(message, new ChatOptions { ConversationId = "s" }, Cancellation);

    private Task<IReadOnlyList<SessionMessage>> ListAsync() => Sessions.Create("s").ListMessagesAsync("support", cancellationToken: Cancellation);

    private sealed class Node
    {
        public Node Next => this;
    }
}
