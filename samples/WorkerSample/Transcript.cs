using System.Text.Json;
using Microsoft.Extensions.AI;

namespace WorkerSample;

/// <summary>
/// Prints messages, and proves that a resumed history is the one that was written.
/// </summary>
internal static class Transcript
{
    public static void Print(IEnumerable<ChatMessage> messages)
    {
        foreach (var (message, content) in messages.SelectMany(message => message.Contents.Select(content => (message, content))))
        {
            var (who, what) = content switch
            {
                TextContent text => (message.Role.Value, text.Text),
                TextReasoningContent reasoning => ("thinks", reasoning.Text),
                FunctionCallContent call => ("calls", $"{call.Name} {JsonSerializer.Serialize(call.Arguments)}"),
                FunctionResultContent result => ("tool", result.Result?.ToString() ?? ""),
                _ => (message.Role.Value, content.GetType().Name),
            };
            Console.WriteLine($"{who,9} {what}");
        }
    }

    public static async Task WriteAsync(string? file, IList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        if (file is not null)
        {
            // Function invocation marks what it has called, after the call was stored as the model made it.
            foreach (var call in messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>())
            {
                call.InformationalOnly = false;
            }

            // Where it is stored is told to whoever has said a message, and is no part of it.
            foreach (var message in messages)
            {
                message.AdditionalProperties?.Remove("position");
                message.AdditionalProperties = message.AdditionalProperties is { Count: > 0 } properties ? properties : null;
            }

            await File.WriteAllTextAsync(file, ToJson(messages), cancellationToken);
        }
    }

    public static async Task CompareAsync(string? file, IList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        if (file is null)
        {
            return;
        }

        using var written = JsonDocument.Parse(await File.ReadAllTextAsync(file, cancellationToken));
        using var resumed = JsonDocument.Parse(ToJson(messages));
        if (!JsonElement.DeepEquals(written.RootElement, resumed.RootElement))
        {
            throw new InvalidOperationException("The resumed history is not the one that was written.");
        }

        Console.WriteLine($"All {messages.Count} messages are equal to those that were written.");
    }

    private static string ToJson(IList<ChatMessage> messages) => JsonSerializer.Serialize(messages, AIJsonUtilities.DefaultOptions);
}
