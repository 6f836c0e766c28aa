using Microsoft.Extensions.AI;

namespace SessionManager.Benchmarks;

public enum MessageKind
{
    Text,
    Tools,
    Image,
}

internal static class Messages
{
    public static ChatMessage Create(MessageKind kind) => kind switch
    {
        MessageKind.Text => new ChatMessage(ChatRole.User, BenchmarkDatabase.Text),
        MessageKind.Tools => new ChatMessage(ChatRole.Assistant, [
            new FunctionCallContent("call-1", "find_order", new Dictionary<string, object?> { ["number"] = 4711, ["country"] = "NL" }),
            new FunctionResultContent("call-1", "Order 4711 left the warehouse this morning."),
        ]),
        _ => new ChatMessage(ChatRole.User, [new DataContent(new byte[64_000], "image/png")]),
    };
}
