using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using SessionManager;

namespace ChatApi;

internal static class HistoryEndpoint
{
    /// <summary>Gets a page of the history, the newest one by default.</summary>
    public static async Task<Ok<HistoryPage>> GetAsync(
        [Description("The id of the session.")] string sessionId,
        [Range(0, int.MaxValue), Description("The position of the message that the page ends before. An older page is got with the `before` of a newer one.")] int? before,
        ISessionManagerFactory sessions,
        CancellationToken cancellationToken,
        [Range(1, 200), Description("The largest number of messages in the page.")] int limit = 50)
    {
        await using var session = sessions.Create(sessionId);
        var query = new MessageQuery { BeforePosition = before, Limit = limit, NewestFirst = true };
        var messages = await session.ListMessagesAsync(AnswerEndpoint.AgentId, query, cancellationToken);
        if (messages.Count == 0 && !await session.SessionExistsAsync(cancellationToken))
        {
            throw new SessionNotFoundException(new SessionKey(session.Owner, sessionId).ToString());
        }

        return TypedResults.Ok(new HistoryPage
        {
            Messages = [.. messages.Reverse().Select(HistoryMessage.From)],
            Before = messages is [.., { Position: > 0 } oldest] ? oldest.Position : null,
        });
    }
}
