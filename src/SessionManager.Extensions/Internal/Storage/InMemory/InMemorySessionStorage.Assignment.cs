using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.Files;

namespace SessionManager.Internal.Storage.InMemory;

internal sealed partial class InMemorySessionStorage
{
    /// <inheritdoc/>
    public async Task AssignAsync(SessionKey key, SessionOwner owner, CancellationToken cancellationToken)
    {
        var (sessionId, targetId) = (key.ToString(), new SessionKey(owner, key.SessionId).ToString());
        using var entry = await EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Find(sessionId) is not { Document: { } document } session)
        {
            if (Find(sessionId)?.AssignedTo == targetId)
            {
                return;
            }

            throw new SessionNotFoundException(sessionId);
        }

        if (targetId == sessionId)
        {
            return;
        }

        ThrowIfHeld(sessionId, session);
        if (Find(targetId)?.Document is not null)
        {
            throw AssignmentDocument.ToTakenException(targetId);
        }

        var assignment = AssignmentDocument.Create(targetId);
        var filed = FiledSession.Create(Copy(document), assignment);
        List<InMemoryMessage> messages = [.. GetMessages(sessionId)];
        var feedbacks = session.Feedbacks.ConvertAll(feedback => FiledSession.Move(Copy(feedback.Document), sessionId, targetId));
        var target = Publish(filed, messages, feedbacks);
        (target.Metadata, target.ImportedMetadata) = (session.Metadata, session.ImportedMetadata);
        End(session, document);
        session.AssignedTo = targetId;
        session.RemoveMessagesBefore(session.DeletedBefore);
    }
}
