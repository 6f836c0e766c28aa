using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using SessionManager.Testing;

namespace SessionManager.Behavior;

/// <summary>
/// The table of docs/pipelines.md: what clients do, what is stored of it, and what the model is sent.
/// </summary>
public sealed partial class DocumentedTableTests(Stores stores) : IClassFixture<Stores>
{
    private readonly string _sessionId = DatabaseFixture.NewSessionId();

    // Each row, by what it says of the client.
    private static readonly Dictionary<string, Func<Client, Task>> Rows = new(StringComparer.Ordinal)
    {
        ["sends what is new"] = async client =>
        {
            await client.SendAsync("a1", Client.User("u1"));
            await client.SendAsync("a2", Client.User("u2"));
        },
        ["sends the whole transcript, with ids or without"] = async client =>
        {
            await client.SendAsync("a1", Client.User("u1"));
            await client.SendAsync("a2", Client.User("u1"), new ChatMessage(ChatRole.Assistant, "a1"), Client.User("u2"));
        },
        ["sends a message again that the model has failed on"] = async client =>
        {
            await client.FailAsync(Client.User("u1"));
            await client.SendAsync("a1", Client.User("u1"));
        },
        ["sends a message again, with its id, whose answer it has lost"] = async client =>
        {
            await client.SendAsync("a1", Client.User("u1", "id"));
            await client.SendAsync("a2", Client.User("u1", "id"));
        },
        ["says the same again after the answer"] = async client =>
        {
            await client.SendAsync("a1", Client.User("u1"));
            await client.SendAsync("a2", Client.User("u1"));
        },
        ["edits the last message, which has no answer (same id)"] = async client =>
        {
            await client.FailAsync(Client.User("u1", "id"));
            await client.SendAsync("a1", Client.User("u2", "id"));
        },
        ["edits an answered message (same id)"] = async client =>
        {
            await client.SendAsync("a1", Client.User("u1", "id"));
            await client.SendAsync("a2", Client.User("u2", "id"));
        },
        ["sends a message again after a tool has run and the model has failed"] = async client =>
        {
            await client.FailBehindToolAsync(Client.User("u1"));
            await client.SendAsync("a1", Client.User("u1"));
        },
        ["answers a call behind a text of its own"] = async client =>
        {
            await client.CallAsync(Client.User("u1"));
            await client.SendAsync("a1", Client.User("u2"), client.Result());
        },
        ["says something else while a call has no result"] = async client =>
        {
            await client.CallAsync(Client.User("u1"));
            await client.SendAsync("a1", Client.User("u2"));
        },
        ["changes what the model has said (same id)"] = async client =>
        {
            var answer = await client.SendAsync("a1", Client.User("u1"));
            await client.SendAsync("a2", new ChatMessage(ChatRole.Assistant, "a9") { MessageId = answer.Messages[^1].MessageId }, Client.User("u2"));
        },
        ["goes on after an answer that said nothing"] = async client =>
        {
            await client.SendAsync(" ", Client.User("u1"));
            await client.SendAsync("a2", Client.User("u2"));
        },
    };

    public static MatrixTheoryData<Wiring, bool> Ways { get; } = new(Enum.GetValues<Wiring>(), [false, true]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Table_EachRow_IsWhatHappens(Wiring wiring, bool isStreaming)
    {
        var documented = ReadTable();
        Assert.Equal(Rows.Keys.Order(), documented.Keys.Order());
        var found = new Dictionary<string, (string Stored, string Sent)>(StringComparer.Ordinal);
        foreach (var (row, act) in Rows)
        {
            var client = new Client(stores, wiring, isStreaming, $"{_sessionId}-{found.Count}");
            await act(client);
            found.Add(row, await client.ShowAsync());
        }

        Assert.Equal(documented.OrderBy(row => row.Key, StringComparer.Ordinal), found.OrderBy(row => row.Key, StringComparer.Ordinal));
    }

    private static Dictionary<string, (string Stored, string Sent)> ReadTable() =>
        Row().Matches(File.ReadAllText(Repository.GetPath("docs/pipelines.md")))
            .ToDictionary(row => row.Groups["client"].Value, row => (row.Groups["stored"].Value, row.Groups["sent"].Value), StringComparer.Ordinal);

    [GeneratedRegex(@"^\| (?<client>[^|`]+) \| `(?<stored>[^`]+)` \| `(?<sent>[^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    /// <summary>
    /// A client, each request of which comes to another process.
    /// </summary>
    private sealed class Client(Stores stores, Wiring wiring, bool isStreaming, string sessionId)
    {
        private FunctionCallContent? _call;
        private Conversation? _last;

        public static ChatMessage User(string text, string? id = null) => new(ChatRole.User, text) { MessageId = id };

        public ChatMessage Result() => new(ChatRole.Tool, [new FunctionResultContent(_call!.CallId, "r1")]);

        public Task<ChatResponse> SendAsync(string answer, params ChatMessage[] messages) => Start(new ScriptedModel(answer)).SendAsync(messages);

        public Task<TimeoutException> FailAsync(ChatMessage message) =>
            Assert.ThrowsAsync<TimeoutException>(() => Start(new ScriptedModel(new ScriptedAnswer { Failure = new TimeoutException() })).SendAsync(message));

        public Task<TimeoutException> FailBehindToolAsync(ChatMessage message)
        {
            var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("tool")), new ScriptedAnswer { Failure = new TimeoutException() });
            return Assert.ThrowsAsync<TimeoutException>(() => Start(model, AIFunctionFactory.Create(() => "r1", "tool")).SendAsync(message));
        }

        public Task<ChatResponse> CallAsync(ChatMessage message)
        {
            _call = ScriptedModel.Call("tool");
            return Start(new ScriptedModel(new ScriptedAnswer(_call)), AIFunctionFactory.Create(() => "r1", "tool").AsDeclarationOnly()).SendAsync(message);
        }

        public async Task<(string Stored, string Sent)> ShowAsync() => (Show(await _last!.ListAsync()), Show(_last.Model.Requests[^1].Lines));

        private static string Show(IEnumerable<string> lines) => string.Join(' ', lines.Select(line => line switch
        {
            "assistant: call tool" => "call",
            "tool: result r1" => "result",
            _ when line.StartsWith("tool: result The outcome", StringComparison.Ordinal) => "unknown",
            _ when string.IsNullOrWhiteSpace(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]) => "blank",
            _ => line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..],
        }));

        private Conversation Start(ScriptedModel model, params AITool[] tools) => _last = Conversation.Start(
            stores.StartProcess(isInMemory: true),
            new ConversationOptions { Wiring = wiring, IsStreaming = isStreaming, SessionId = sessionId, Model = model, Tools = tools });
    }
}
