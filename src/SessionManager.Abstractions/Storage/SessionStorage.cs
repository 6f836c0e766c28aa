using SessionManager.Internal.Shared;

namespace SessionManager;

/// <summary>
/// Stores the sessions of one place, such as a collection of a database: the operations that session managers are built on.
/// </summary>
/// <remarks>
/// <para>
/// Derive it to keep sessions elsewhere, and <see cref="DelegatingSessionStorage"/> to add to a storage that is there.
/// The public members check their arguments and leave the work to the protected member of the same name, so that each check
/// stands in one place: ids, nulls, numbers and metadata keys. Which values and messages can be stored is for the protected
/// members to say, before anything is written. What is added later is virtual, with a default that leaves every storage working.
/// </para>
/// <para>
/// Thread-safe. Every operation is atomic and takes effect completely or not at all, except that
/// <see cref="GetOrAddAgentAsync"/> adds the agent and its messages side by side, that of several messages the first may be
/// stored and the rest not, and that <see cref="DeleteSessionAsync"/> may have to be called again. Operations keep nothing
/// between calls.
/// </para>
/// <para>
/// A session id is the text of a <see cref="SessionKey"/>: where the session has an owner, it says whose it is, and no two sessions have the same.
/// What of it is a session's own id, and its owner, <see cref="SessionKey.Parse"/> tells. Ids of sessions without an owner, and agent ids, are
/// not blank, at most 255 bytes in UTF-8 and without NUL; anything else is an <see cref="ArgumentException"/> before any I/O. Errors of the server
/// are passed on as they are.
/// </para>
/// </remarks>
public abstract partial class SessionStorage
{
    /// <summary>
    /// Gets the name of the place, for logs.
    /// </summary>
    /// <value>The name of the type, unless a storage knows better. Without secrets.</value>
    public virtual string Name => GetType().Name;

    /// <summary>
    /// Gets what lists the sessions of this storage.
    /// </summary>
    /// <value>Null when it cannot list them.</value>
    public virtual SessionCatalog? Catalog => null;

    /// <summary>
    /// Prepares the place, such as by creating indexes, unless that is done. No other operation rests on it.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the place is prepared. When it fails, the host calls it again later.</returns>
    public virtual Task PrepareAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <summary>
    /// Asks the place for an answer, for health checks.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the answer is there, and fails where there is none.</returns>
    public virtual Task PingAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <summary>
    /// Gets a session.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The session, or null when it does not exist.</returns>
    public Task<SessionInfo?> GetSessionAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));

        return GetSessionCoreAsync(sessionId, cancellationToken);
    }

    /// <inheritdoc cref="GetSessionAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<SessionInfo?> GetSessionCoreAsync(string sessionId, CancellationToken cancellationToken);

    /// <summary>
    /// Gives a session a title, or takes it away. Its time of the last update stays.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="title">The title, not blank and at most 200 characters; null takes the title away, whoever gave it.</param>
    /// <param name="source">
    /// Null for a person's title. For a model's the history that it was made of, as it was read: where the session has a title by now, or the agent another
    /// branch or another redaction, nothing is written.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True when it was written; false when the session does not exist, or <paramref name="source"/> is not what is stored.</returns>
    /// <exception cref="ArgumentException">The title is blank, too long, or has half of a surrogate pair; or a model gives null.</exception>
    public Task<bool> SetTitleAsync(string sessionId, string? title, StoredHistory? source, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        TitleText.ThrowIfInvalid(title, nameof(title));
        if (source is not null)
        {
            ArgumentNullException.ThrowIfNull(title);
        }

        return SetTitleCoreAsync(sessionId, title, source, cancellationToken);
    }

    /// <inheritdoc cref="SetTitleAsync"/>
    /// <remarks>The arguments have been checked. It is one atomic, conditional write.</remarks>
    protected abstract Task<bool> SetTitleCoreAsync(string sessionId, string? title, StoredHistory? source, CancellationToken cancellationToken);

    /// <summary>
    /// Creates a session without agents, together with its metadata, unless it exists. It is never there without that.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="applicationName">The application name, or null for none.</param>
    /// <param name="metadata">The metadata fields, at most 1,000, or null for none. Dots in a key lead into nested fields.</param>
    /// <param name="revivesDeleted">Whether a session is created of which one of the same id was deleted a short time ago.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True when this call created it. Else nothing was written.</returns>
    /// <exception cref="ArgumentException">
    /// The application name has half of a surrogate pair, a key or a value cannot be stored, or there are more than 1,000 keys.
    /// Nothing was written.
    /// </exception>
    public Task<bool> CreateSessionAsync(
        string sessionId,
        string? applicationName,
        IReadOnlyDictionary<string, object?>? metadata,
        bool revivesDeleted,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        Identifier.ThrowIfIllFormed(applicationName, nameof(applicationName));
        if (metadata is not null)
        {
            MetadataKeys.ThrowIfUnwritable(metadata, nameof(metadata));
        }

        return CreateSessionCoreAsync(sessionId, applicationName, metadata, revivesDeleted, cancellationToken);
    }

    /// <inheritdoc cref="CreateSessionAsync"/>
    /// <remarks>
    /// The arguments have been checked, except for the values of the metadata. What a read returns is what
    /// <see cref="UpdateMetadataAsync"/> would have left of them.
    /// </remarks>
    protected abstract Task<bool> CreateSessionCoreAsync(
        string sessionId,
        string? applicationName,
        IReadOnlyDictionary<string, object?>? metadata,
        bool revivesDeleted,
        CancellationToken cancellationToken);

    /// <summary>
    /// Creates a session as a copy of another one, unless it exists. It is never there in part.
    /// </summary>
    /// <param name="sessionId">The id of the session to copy. It is not changed.</param>
    /// <param name="targetId">The id of the new session. One of the same id that was deleted is no hindrance.</param>
    /// <param name="applicationName">The application name of the new session, or null for none.</param>
    /// <param name="messageCounts">
    /// For agents by their ids, how many of the oldest messages of their history are copied, zero or more. All, of agents that are not named.
    /// </param>
    /// <param name="cancellationToken">Cancels the call. The new session is then there whole or not at all.</param>
    /// <returns>True when this call created it. Else nothing is there that was not.</returns>
    /// <remarks>
    /// <para>
    /// Copied are the metadata, and of each agent its data and the messages of its current history, with who redacted or answered what, and
    /// their times. Not copied are the title, feedback, runs, other branches, and the metrics of messages, which would count what was spent a second time.
    /// The state of a conversation manager that is about messages which are not copied is left out.
    /// </para>
    /// <para>A message that is redacted while it is copied may be copied as it was.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">An id is not valid, or both are the same; the application name has half of a surrogate pair.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One of <paramref name="messageCounts"/> is negative, or more than the agent has.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist, or was deleted in the middle of the call.</exception>
    /// <exception cref="AgentNotFoundException">The session has no agent that <paramref name="messageCounts"/> names.</exception>
    public Task<bool> ForkSessionAsync(
        string sessionId,
        string targetId,
        string? applicationName,
        IReadOnlyDictionary<string, int> messageCounts,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        SessionKey.ThrowIfInvalid(targetId, nameof(targetId));
        Identifier.ThrowIfIllFormed(applicationName, nameof(applicationName));
        ArgumentNullException.ThrowIfNull(messageCounts);
        if (sessionId == targetId)
        {
            throw new ArgumentException("It is the id of the session itself.", nameof(targetId));
        }

        foreach (var (agentId, count) in messageCounts)
        {
            Identifier.ThrowIfInvalid(agentId, nameof(messageCounts));
            ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(messageCounts));
        }

        return ForkSessionCoreAsync(sessionId, targetId, applicationName, messageCounts, cancellationToken);
    }

    /// <inheritdoc cref="ForkSessionAsync"/>
    /// <remarks>The arguments have been checked, except that a session has such agents and so many messages.</remarks>
    protected abstract Task<bool> ForkSessionCoreAsync(
        string sessionId,
        string targetId,
        string? applicationName,
        IReadOnlyDictionary<string, int> messageCounts,
        CancellationToken cancellationToken);

    /// <summary>
    /// Deletes a session with all its messages.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="cancellationToken">Cancels the call. What was not deleted then is by the next call.</param>
    /// <returns>True when the session existed.</returns>
    /// <remarks>
    /// It stays known for some time that it was there, and which branch numbers it has used: a writer that has not heard of it may still append,
    /// and what it appends must never be found in a new session of the same id. <see cref="SweepAsync"/> removes that.
    /// </remarks>
    public Task<bool> DeleteSessionAsync(string sessionId, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));

        return DeleteSessionCoreAsync(sessionId, cancellationToken);
    }

    /// <inheritdoc cref="DeleteSessionAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task<bool> DeleteSessionCoreAsync(string sessionId, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes the messages of one branch of a session that is gone: what a writer has appended that did not know.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="branch">The branch. It is not one of a session that is there.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when they are deleted.</returns>
    public Task DeleteBranchAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(branch);

        return DeleteBranchCoreAsync(sessionId, branch, cancellationToken);
    }

    /// <inheritdoc cref="DeleteBranchAsync"/>
    /// <remarks>The arguments have been checked.</remarks>
    protected abstract Task DeleteBranchCoreAsync(string sessionId, AgentBranch branch, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes what is left of sessions that were deleted long enough ago for nobody to write to them any more. The host calls it from time to time.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call. What was not deleted then is by the next call.</param>
    /// <returns>The number of deleted sessions of which nothing is left now.</returns>
    public virtual Task<int> SweepAsync(CancellationToken cancellationToken = default) => Task.FromResult(0);
}
