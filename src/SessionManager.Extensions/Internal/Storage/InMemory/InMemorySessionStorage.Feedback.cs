using System.Globalization;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    // Entries of an earlier layout, which come in from files, stand before all that is added here.
    private long _feedbackCount = int.MaxValue;

    /// <inheritdoc/>
    protected override async Task<Feedback> AddFeedbackCoreAsync(string sessionId, Feedback feedback, AgentBranch? branch, CancellationToken cancellationToken)
    {
        var content = Copy(FeedbackDocument.ToBson(feedback));
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var session = Get(sessionId);
        var position = 0;
        if (branch is not null)
        {
            var found = session.GetHistory(branch).LastOrDefault(message =>
                (feedback.Position ?? message.Position) == message.Position && (feedback.MessageId ?? message.ClientId) == message.ClientId);
            position = found?.Position ?? throw FeedbackDocument.ToNotFound(sessionId, feedback);
            FeedbackDocument.SetPosition(content, branch, position);
        }

        var now = Touch(session);
        var first = session.Document![Fields.FirstBranch].AsInt32;
        var key = FeedbackKeys.ToFilter(sessionId, first, FeedbackKeys.ToId(feedback, branch, position));
        var document = FeedbackDocument.Create(key, first, feedback.UserId, content, now);
        var index = session.Feedbacks.FindIndex(there => there.Document[Fields.Id] == document[Fields.Id]);
        if (index < 0)
        {
            session.Feedbacks.Add(new InMemoryFeedback(++_feedbackCount, document));
        }
        else
        {
            var replaced = session.Feedbacks[index];
            document[Fields.CreatedAt] = replaced.Document[Fields.CreatedAt];
            session.Feedbacks[index] = replaced with { Document = document };
        }

        return FeedbackDocument.ReadStored(Copy(document), sessionId);
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<Feedback>> GetFeedbacksCoreAsync(string sessionId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        return [.. List(sessionId).Select(static feedback => feedback.Feedback)];
    }

    /// <inheritdoc/>
    protected override async Task<FeedbackPage> ListFeedbacksCoreAsync(string sessionId, FeedbackQuery query, CancellationToken cancellationToken)
    {
        var after = 0L;
        if (query.After is not null && !long.TryParse(query.After, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            throw FeedbackCursor.ToFault();
        }

        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        var found = List(sessionId)
            .Where(feedback => feedback.Order > after && FeedbackDocument.Matches(feedback.Feedback, query))
            .Take(query.Limit + 1)
            .ToList();
        return new FeedbackPage
        {
            Feedbacks = [.. found.Take(query.Limit).Select(static feedback => feedback.Feedback)],
            Next = found.Count > query.Limit ? found[query.Limit - 1].Order.ToString(CultureInfo.InvariantCulture) : null,
        };
    }

    /// <inheritdoc/>
    protected override async Task<bool> DeleteFeedbackCoreAsync(string sessionId, string feedbackId, CancellationToken cancellationToken)
    {
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId) is not { Document: { } document } session)
        {
            return false;
        }

        var key = FeedbackKeys.ToFilter(sessionId, document[Fields.FirstBranch].AsInt32, feedbackId)[Fields.Id];
        if (session.Feedbacks.RemoveAll(feedback => feedback.Document[Fields.Id] == key) == 0)
        {
            return false;
        }

        Touch(session);
        return true;
    }

    private IEnumerable<(long Order, Feedback Feedback)> List(string sessionId) => Find(sessionId) is { Document: { } document } session
        ?
        [
            .. FeedbackDocument.ReadEmbedded(Copy(document)).Select(static (feedback, index) => (index + 1L, feedback)),
            .. session.Feedbacks.Select(feedback => (feedback.Order, FeedbackDocument.ReadStored(Copy(feedback.Document), sessionId))),
        ]
        : [];
}
