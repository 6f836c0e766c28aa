using SessionManager.Internal.Shared;

namespace SessionManager;

public abstract partial class SessionStorage
{
    /// <summary>
    /// Sets metadata fields.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="metadata">The fields to set: 1 to 1,000. Dots in a key lead into nested fields.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the server has acknowledged the update.</returns>
    /// <exception cref="ArgumentException">A key or a value cannot be stored, or there are more than 1,000. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    public Task UpdateMetadataAsync(string sessionId, IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(metadata);
        MetadataKeys.ThrowIfUnwritable(metadata, nameof(metadata));

        return UpdateMetadataCoreAsync(sessionId, metadata, cancellationToken);
    }

    /// <inheritdoc cref="UpdateMetadataAsync"/>
    /// <remarks>
    /// The arguments have been checked, except for the values, which are as the caller gave them. What is to come back for
    /// each is what <c>MetadataValue.Normalize</c> returns.
    /// </remarks>
    protected abstract Task UpdateMetadataCoreAsync(string sessionId, IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken);

    /// <summary>
    /// Adds to a counter among the metadata, in one atomic step. A field that is not there counts as 0.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="key">The field, where dots lead into nested fields.</param>
    /// <param name="amount">What to add. It may be negative, or 0, by which a field that is not there becomes 0.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The value after it, which is stored as a long.</returns>
    /// <exception cref="ArgumentException">
    /// The key is not valid or leads into a value that has no fields, or the field holds something else than an integer of at most 64
    /// bits. Nothing was written.
    /// </exception>
    /// <exception cref="OverflowException">The value after it would be beyond the range of a long. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    public Task<long> IncrementMetadataAsync(string sessionId, string key, long amount, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(key);
        MetadataKeys.ThrowIfInvalid(key, nameof(key));

        return IncrementMetadataCoreAsync(sessionId, key, amount, cancellationToken);
    }

    /// <inheritdoc cref="IncrementMetadataAsync"/>
    /// <remarks>
    /// The arguments have been checked. Additions at the same time are each counted: do not read and write back what others may
    /// change in between.
    /// </remarks>
    protected abstract Task<long> IncrementMetadataCoreAsync(string sessionId, string key, long amount, CancellationToken cancellationToken);

    /// <summary>
    /// Gets metadata fields.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="keys">The fields to get, at most 1,000, where dots lead into nested fields, or null for all.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The fields that exist, in the order of the keys; null when the session does not exist.</returns>
    /// <exception cref="ArgumentException">A key is not valid, or there are more than 1,000.</exception>
    public Task<IReadOnlyDictionary<string, object?>?> GetMetadataAsync(
        string sessionId,
        IReadOnlyCollection<string>? keys,
        CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        if (keys is not null)
        {
            MetadataKeys.ThrowIfTooMany(keys.Count, nameof(keys));
            MetadataKeys.ThrowIfInvalid(keys, nameof(keys));
        }

        return GetMetadataCoreAsync(sessionId, keys, cancellationToken);
    }

    /// <inheritdoc cref="GetMetadataAsync"/>
    /// <remarks>Id and nulls have been checked. The keys have not.</remarks>
    protected abstract Task<IReadOnlyDictionary<string, object?>?> GetMetadataCoreAsync(
        string sessionId,
        IReadOnlyCollection<string>? keys,
        CancellationToken cancellationToken);

    /// <summary>
    /// Removes metadata fields.
    /// </summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="keys">The fields to remove: 1 to 1,000. Dots in a key lead into nested fields.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the server has acknowledged the update.</returns>
    /// <exception cref="ArgumentException">A key is not valid, or there are more than 1,000. Nothing was written.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    public Task DeleteMetadataAsync(string sessionId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default)
    {
        SessionKey.ThrowIfInvalid(sessionId, nameof(sessionId));
        ArgumentNullException.ThrowIfNull(keys);
        MetadataKeys.ThrowIfUnwritable(keys, nameof(keys));

        return DeleteMetadataCoreAsync(sessionId, keys, cancellationToken);
    }

    /// <inheritdoc cref="DeleteMetadataAsync"/>
    /// <remarks>Id and nulls have been checked. The keys have not.</remarks>
    protected abstract Task DeleteMetadataCoreAsync(string sessionId, IReadOnlyCollection<string> keys, CancellationToken cancellationToken);
}
