using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// What a model is sent: the last step before it is called, over all messages of the request, so that it is valid as a whole.
/// </summary>
internal static class ModelRequest
{
    /// <summary>
    /// What stands in front of a conversation that begins with the assistant.
    /// </summary>
    public const string Beginning = "(The conversation so far:)";

    /// <param name="messages">The history and what is new, in their order.</param>
    /// <param name="provider">The provider of the model, or null where that is not known.</param>
    /// <returns>The messages, none of them with anything that is of the library's own. They share contents with the given ones.</returns>
    public static IReadOnlyList<ChatMessage> Create(IEnumerable<ChatMessage> messages, string? provider)
    {
        IReadOnlyList<HistoryMessage> request = [.. messages.Select(static (message, i) => new HistoryMessage(message, i))];
        request = ContentRepair.Repair(request, provider).Messages;
        request = CallRepair.Repair(ToolMessages.Separate(request), []).Messages;
        IEnumerable<ChatMessage> wire = ToolMessages.Join(request).Select(static message => ToWire(message.Message));

        // Bedrock and Anthropic want the user to speak first. A greeting of the application's, or a summary, comes before that.
        return request.FirstOrDefault(static message => message.Message.Role != ChatRole.System).Message?.Role == ChatRole.Assistant
            ? [.. InsertBeginning(wire)]
            : [.. wire];
    }

    private static IEnumerable<ChatMessage> InsertBeginning(IEnumerable<ChatMessage> messages)
    {
        var hasBegun = false;
        foreach (var message in messages)
        {
            if (!hasBegun && message.Role != ChatRole.System)
            {
                hasBegun = true;
                yield return new ChatMessage(ChatRole.User, Beginning);
            }

            yield return message;
        }
    }

    /// <summary>
    /// Gets a message as it is sent whenever it is, in the run that it came in and after it was loaded: a provider's cache knows a
    /// conversation by what it begins with.
    /// </summary>
    public static ChatMessage ToWire(ChatMessage message)
    {
        var wire = MessageMarks.Without(message, MessageMarks.Own);

        // A provider could take an id that it does not know for one of its own, and refuse it.
        var hasOwnId = MessageIds.IsOwn(wire.MessageId);
        var hasRaw = wire.RawRepresentation is not null || wire.Contents.Any(static content => content.RawRepresentation is not null);
        if (!hasOwnId && !hasRaw)
        {
            return wire;
        }

        wire = ReferenceEquals(wire, message) ? wire.Clone() : wire;
        wire.MessageId = hasOwnId ? null : wire.MessageId;
        wire.RawRepresentation = null;
        wire.Contents = hasRaw ? [.. wire.Contents.Select(WithoutRaw)] : wire.Contents;
        return wire;
    }

    // Clients send what a content was made of in place of the content, if it is there; it is not stored.
    private static AIContent WithoutRaw(AIContent content) => content switch
    {
        { RawRepresentation: null } => content,
        TextContent text => new TextContent(text.Text) { Annotations = text.Annotations, AdditionalProperties = text.AdditionalProperties },
        TextReasoningContent thought => new TextReasoningContent(thought.Text)
        {
            ProtectedData = thought.ProtectedData,
            Annotations = thought.Annotations,
            AdditionalProperties = thought.AdditionalProperties,
        },
        FunctionCallContent call => new FunctionCallContent(call.CallId, call.Name, call.Arguments)
        {
            InformationalOnly = call.InformationalOnly,
            Exception = call.Exception,
            Annotations = call.Annotations,
            AdditionalProperties = call.AdditionalProperties,
        },
        _ => content,
    };
}
