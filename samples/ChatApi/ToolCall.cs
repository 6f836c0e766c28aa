namespace ChatApi;

/// <summary>A call of a tool.</summary>
/// <param name="CallId">The id of the call, by which its result is found.</param>
/// <param name="Name">The name of the tool.</param>
/// <param name="Arguments">What it was called with.</param>
public sealed record ToolCall(string CallId, string Name, IDictionary<string, object?>? Arguments);
