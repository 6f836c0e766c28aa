namespace ChatApi;

/// <summary>The answer of a tool.</summary>
/// <param name="CallId">The id of the call.</param>
/// <param name="Result">What the tool has answered.</param>
public sealed record ToolResult(string CallId, object? Result);
