using Microsoft.Extensions.AI;

namespace SessionManager.Testing.Providers;

/// <summary>
/// The rule that the results of an answer's tool calls follow it directly: each once, and no other message between.
/// </summary>
/// <remarks>
/// A call that is only information is a call as any other: no client leaves it out of what it sends.
/// </remarks>
internal static class ToolPairing
{
    /// <summary>
    /// Adds what breaks the rule.
    /// </summary>
    public static void Check(IReadOnlyList<ChatMessage> messages, List<string> violations)
    {
        HashSet<string> open = new(StringComparer.Ordinal);
        HashSet<string> answered = new(StringComparer.Ordinal);
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            if (message.Role != ChatRole.Tool)
            {
                EndResults(open, i, message.Role, violations);
                answered.Clear();
            }

            CheckResults(message, i, open, answered, violations);
            AddCalls(message, i, open, violations);
        }

        EndResults(open, messages.Count, role: null, violations);
    }

    private static void EndResults(HashSet<string> open, int index, ChatRole? role, List<string> violations)
    {
        foreach (var callId in open)
        {
            violations.Add(role is null
                ? $"The request ends without the result of {callId}."
                : $"Message {index} ({role}) stands where the result of {callId} belongs.");
        }

        open.Clear();
    }

    private static void CheckResults(ChatMessage message, int index, HashSet<string> open, HashSet<string> answered, List<string> violations)
    {
        var others = 0;
        foreach (var content in message.Contents)
        {
            if (content is not FunctionResultContent result)
            {
                others++;
                continue;
            }

            if (message.Role == ChatRole.Tool && others > 0)
            {
                violations.Add($"Message {index} ({message.Role}) has something else in front of the result of {result.CallId}.");
            }

            if (open.Remove(result.CallId))
            {
                answered.Add(result.CallId);
            }
            else
            {
                violations.Add(answered.Contains(result.CallId)
                    ? $"Message {index} ({message.Role}) has a second result of {result.CallId}."
                    : $"Message {index} ({message.Role}) has a result of {result.CallId}, which is not called directly before.");
            }
        }
    }

    private static void AddCalls(ChatMessage message, int index, HashSet<string> open, List<string> violations)
    {
        foreach (var call in message.Contents.OfType<FunctionCallContent>())
        {
            if (!open.Add(call.CallId))
            {
                violations.Add($"Message {index} ({message.Role}) calls {call.CallId} twice.");
            }
        }
    }
}
