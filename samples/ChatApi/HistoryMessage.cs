using Microsoft.Extensions.AI;
using SessionManager;

namespace ChatApi;

/// <summary>One message of a history.</summary>
public sealed record HistoryMessage
{
    /// <summary>The id of the message.</summary>
    public required string? MessageId { get; init; }

    /// <summary>The position of the message: 0, 1, 2 and so on.</summary>
    public required int Position { get; init; }

    /// <summary>Who said it: `user`, `assistant` or `tool`.</summary>
    public required string Role { get; init; }

    /// <summary>What was said. Missing where the message has no text.</summary>
    public string? Text { get; init; }

    /// <summary>The tools that were called. Missing where there are none.</summary>
    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }

    /// <summary>What tools have answered. Missing where there is nothing.</summary>
    public IReadOnlyList<ToolResult>? ToolResults { get; init; }

    /// <summary>When it was said.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether another text stands in for what was said.</summary>
    public bool Redacted { get; init; }

    /// <summary>Whether the rest of the message is missing, because the client went away or the model failed.</summary>
    public bool Interrupted { get; init; }

    public static HistoryMessage From(SessionMessage stored)
    {
        var message = stored.EffectiveMessage;
        ToolCall[] calls = [.. message.Contents.OfType<FunctionCallContent>().Select(call => new ToolCall(call.CallId, call.Name, call.Arguments))];
        ToolResult[] results = [.. message.Contents.OfType<FunctionResultContent>().Select(result => new ToolResult(result.CallId, result.Result))];
        return new HistoryMessage
        {
            MessageId = message.MessageId,
            Position = stored.Position,
            Role = message.Role.Value,
            Text = message.Text is { Length: > 0 } text ? text : null,
            ToolCalls = calls.Length > 0 ? calls : null,
            ToolResults = results.Length > 0 ? results : null,
            CreatedAt = stored.CreatedAt,
            Redacted = stored.RedactMessage is not null,
            Interrupted = message.AdditionalProperties?.ContainsKey("interrupted") is true,
        };
    }
}
