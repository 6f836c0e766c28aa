namespace SessionManager.Conformance.Toy;

/// <content>Metadata and feedback. Keys and names have been checked; <see cref="MetadataValue"/> checks and copies the values.</content>
public sealed partial class ToyStorage
{
    private int _feedbackCount;

    protected override async Task UpdateMetadataCoreAsync(string sessionId, IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        var session = Get(sessionId);

        // All or nothing: a key that leads nowhere must not leave the fields before it changed.
        var changed = MetadataValue.Normalize(session.Metadata, nameof(metadata));
        SetAll(changed, metadata);
        session.Metadata = changed;
        Touch(sessionId);
    }

    protected override async Task<long> IncrementMetadataCoreAsync(string sessionId, string key, long amount, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        var value = MetadataFields.Increment(Get(sessionId).Metadata, key, amount);
        Touch(sessionId);
        return value;
    }

    protected override async Task<IReadOnlyDictionary<string, object?>?> GetMetadataCoreAsync(
        string sessionId, IReadOnlyCollection<string>? keys, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        var all = Find(sessionId) is { Info: not null } session ? MetadataValue.Normalize(session.Metadata, nameof(session.Metadata)) : null;
        return all is null || keys is null ? all : MetadataFields.Select(all, keys);
    }

    protected override async Task DeleteMetadataCoreAsync(string sessionId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        var session = Get(sessionId);
        foreach (var key in keys)
        {
            MetadataFields.Remove(session.Metadata, key);
        }

        Touch(sessionId);
    }

    protected override async Task<Feedback> AddFeedbackCoreAsync(string sessionId, Feedback feedback, AgentBranch? branch, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        var session = Get(sessionId);
        var stored = Copy(feedback) with { Id = $"{++_feedbackCount:D10}", CreatedAt = Now(), UpdatedAt = Now() };
        if (branch is not null)
        {
            var position = FindMessage(sessionId, branch, feedback) ?? throw ToNotFound(sessionId, branch.AgentId, feedback);
            stored = stored with { Position = position, Branch = branch.GetBranchAt(position) };
        }

        // A user has one opinion of one thing.
        var index = stored.UserId is null ? -1 : session.Feedbacks.FindIndex(there =>
            (there.UserId, there.AgentId, there.Branch, there.Position) == (stored.UserId, stored.AgentId, stored.Branch, stored.Position));
        if (index < 0)
        {
            session.Feedbacks.Add(stored);
        }
        else
        {
            var replaced = session.Feedbacks[index];
            session.Feedbacks[index] = stored = stored with { Id = replaced.Id, CreatedAt = replaced.CreatedAt };
        }

        Touch(sessionId);
        return Copy(stored);
    }

    // Ids are in the order of addition, and so the end of a page is the last one's.
    protected override async Task<FeedbackPage> ListFeedbacksCoreAsync(string sessionId, FeedbackQuery query, CancellationToken cancellationToken)
    {
        if (query.After is { } after && !(after.Length == 10 && after.All(char.IsAsciiDigit)))
        {
            throw new ArgumentException("The text is not the end of a page of feedback.", nameof(query));
        }

        using var scope = Enter(cancellationToken);
        var found = (Find(sessionId)?.Feedbacks ?? [])
            .Where(feedback => string.CompareOrdinal(feedback.Id, query.After) > 0)
            .Where(feedback => (query.AgentId ?? feedback.AgentId) == feedback.AgentId
                && (query.Position ?? feedback.Position) == feedback.Position
                && (query.UserId ?? feedback.UserId) == feedback.UserId)
            .ToList();
        Feedback[] page = [.. found.Take(query.Limit).Select(Copy)];
        return new FeedbackPage { Feedbacks = page, Next = found.Count > query.Limit ? page[^1].Id : null };
    }

    protected override async Task<bool> DeleteFeedbackCoreAsync(string sessionId, string feedbackId, CancellationToken cancellationToken)
    {
        using var scope = Enter(cancellationToken);
        if (Find(sessionId)?.Feedbacks.RemoveAll(feedback => feedback.Id == feedbackId) is not > 0)
        {
            return false;
        }

        Touch(sessionId);
        return true;
    }

    protected override Task<IReadOnlyList<Feedback>> GetFeedbacksCoreAsync(string sessionId, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<Feedback>>(() => [.. (Find(sessionId)?.Feedbacks ?? []).Select(Copy)], cancellationToken);

    private static void SetAll(Dictionary<string, object?> fields, IReadOnlyDictionary<string, object?> metadata)
    {
        foreach (var (key, value) in metadata)
        {
            MetadataFields.Set(fields, key, MetadataValue.Normalize(value, $"{nameof(metadata)}['{key}']"));
        }
    }

    // The latest one, where several have the id.
    private int? FindMessage(string sessionId, AgentBranch branch, Feedback feedback)
    {
        var found = FindMessages(sessionId, branch).FindLastIndex(message =>
            (feedback.Position ?? message.Position) == message.Position
            && (feedback.MessageId is not { } id || id == message.Message.MessageId));
        return found < 0 ? null : found;
    }

    private static MessageNotFoundException ToNotFound(string sessionId, string agentId, Feedback feedback) => feedback.Position is { } position
        ? new MessageNotFoundException(sessionId, agentId, position)
        : new MessageNotFoundException(sessionId, agentId, feedback.MessageId!);

    private static Feedback Copy(Feedback feedback) =>
        feedback with { AdditionalProperties = MetadataValue.Normalize(feedback.AdditionalProperties, nameof(feedback)) };
}
