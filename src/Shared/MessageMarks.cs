using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <summary>
/// The additional properties of messages that mean something to the library.
/// </summary>
internal static class MessageMarks
{
    private static readonly string[] StoredNames = [Interrupted, AnsweredAnew, Provider, FinishReason, ResponseId, Damaged];
    private static readonly string[] OwnNames = [Position, .. StoredNames];

    /// <summary>
    /// Stored: the message is the last of an answer that has no end.
    /// </summary>
    public const string Interrupted = "interrupted";

    /// <summary>
    /// Stored: the message begins a new answer to a message of the user that had one already.
    /// </summary>
    public const string AnsweredAnew = "answered_anew";

    /// <summary>
    /// Stored: the provider that the reasoning in the message came from.
    /// </summary>
    public const string Provider = "provider";

    /// <summary>
    /// Stored: why the model ended the response that the message is of.
    /// </summary>
    public const string FinishReason = "finish_reason";

    /// <summary>
    /// Stored: the id of the response that the message is of.
    /// </summary>
    public const string ResponseId = "response_id";

    /// <summary>
    /// Stored: the message stands in place of one that could not be read.
    /// </summary>
    public const string Damaged = "damaged";

    /// <summary>
    /// For the caller only: the position of the message in its history.
    /// </summary>
    public const string Position = "position";

    // Agent Framework marks with it where it has a message from, which is not part of the message. Its agents run over
    // pipelines of chat clients, too, whose package does not know the constant.
    public const string Attribution = "_attribution";

    /// <summary>
    /// Gets the names of the marks that are stored.
    /// </summary>
    public static ReadOnlySpan<string> Stored => StoredNames;

    /// <summary>
    /// Gets the names of the library's own marks, stored or not.
    /// </summary>
    public static ReadOnlySpan<string> Own => OwnNames;

    public static bool Has(ChatMessage message, string name) => message.AdditionalProperties?.ContainsKey(name) == true;

    public static void Set(ChatMessage message, string name, object value)
    {
        // A dictionary of its own: this one may be that of an update, which the consumer has.
        message.AdditionalProperties = message.AdditionalProperties is { } properties ? new(properties) : [];
        message.AdditionalProperties[name] = value;
    }

    /// <summary>
    /// Gets a message without some of its additional properties, and without changing it.
    /// </summary>
    public static ChatMessage Without(ChatMessage message, params ReadOnlySpan<string> names)
    {
        AdditionalPropertiesDictionary? left = null;
        foreach (var name in names)
        {
            if (Has(message, name))
            {
                left ??= new(message.AdditionalProperties!);
                left.Remove(name);
            }
        }

        if (left is null)
        {
            return message;
        }

        var clone = message.Clone();
        clone.AdditionalProperties = left.Count > 0 ? left : null;
        return clone;
    }
}
