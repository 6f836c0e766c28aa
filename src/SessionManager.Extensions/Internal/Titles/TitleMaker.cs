using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;

namespace SessionManager.Internal.Titles;

/// <summary>
/// Asks a chat client for the title of a session.
/// </summary>
internal sealed class TitleMaker(IChatClient client, SessionTitleOptions options)
{
    // Of each message of the first exchange, in characters.
    private const int MaxMessageLength = 2000;

    private static readonly MessageQuery FirstMessages = new() { Limit = TitleText.MaxMessages };
    private static readonly char[] Quotes = [' ', '"', '\'', '`', '*', '#', '“', '”', '„', '‘', '’', '«', '»'];

    /// <summary>
    /// Gives a session a title, where it still has none and has an exchange to be made of.
    /// </summary>
    /// <returns>True when it was given one.</returns>
    /// <exception cref="FormatException">The client's answer has nothing that could be a title.</exception>
    public async Task<bool> TryMakeAsync(TitleRequest request, CancellationToken cancellationToken)
    {
        // Before the messages are read: what is redacted or taken back after this is refused with the title.
        var agent = await request.Storage.GetAgentAsync(request.SessionId, request.AgentId, cancellationToken).ConfigureAwait(false);
        if (agent?.History is not { HasTitle: false } history)
        {
            return false;
        }

        var messages = await request.Storage.ListMessagesAsync(request.SessionId, history.Branch, FirstMessages, cancellationToken).ConfigureAwait(false);
        if (ToExchange(messages) is not { } exchange)
        {
            return false;
        }

        // Without a ConversationId, so that a pipeline with sessions lets it pass.
        ChatMessage[] question = [new(ChatRole.System, options.Instructions), new(ChatRole.User, exchange)];
        var response = await client.GetResponseAsync(question, new ChatOptions(), cancellationToken).ConfigureAwait(false);
        var title = Clean(response.Text) ?? throw new FormatException("The answer has no title.");
        return await request.Storage.SetTitleAsync(request.SessionId, title, history, cancellationToken).ConfigureAwait(false);
    }

    private string? Clean(string text)
    {
        // The last line, where a model says something before it.
        var line = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault(static line => line.Trim(Quotes).Length > 0);
        return line is null ? null : ShortText.Create(line.Trim(Quotes), options.MaxLength);
    }

    private static string? ToExchange(IReadOnlyList<SessionMessage> messages)
    {
        string? question = null;
        foreach (var message in messages.Select(static message => message.EffectiveMessage))
        {
            if (message.Role == ChatRole.User)
            {
                question ??= ShortText.Create(message.Text, MaxMessageLength);
            }
            else if (question is not null && message.Role == ChatRole.Assistant && ShortText.Create(message.Text, MaxMessageLength) is { } answer)
            {
                return $"User: {question}\nAssistant: {answer}";
            }
        }

        return null;
    }
}
