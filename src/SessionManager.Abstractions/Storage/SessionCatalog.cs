using SessionManager.Internal.Shared;

namespace SessionManager;

/// <summary>
/// Lists, exports, imports and erases the sessions of one place, for administration: what looks at more than one session.
/// </summary>
/// <remarks>
/// Thread-safe. It can be injected wherever sessions are registered, under their key. Where the storage cannot list sessions,
/// resolving it throws <see cref="NotSupportedException"/>.
/// </remarks>
public abstract partial class SessionCatalog
{
    private const int MaxLimit = 1000;

    /// <summary>
    /// Lists sessions, newest first.
    /// </summary>
    /// <param name="query">The conditions and the page.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>One page.</returns>
    /// <exception cref="ArgumentException">
    /// The query is null, or a metadata key or value, the limit, the order, the owner or the end of the page before in it is not valid.
    /// </exception>
    /// <exception cref="SessionOwnerRequiredException">
    /// The query names no owner, an <see cref="ISessionOwnerProvider"/> is registered, and it has named none either.
    /// </exception>
    public Task<SessionPage> ListSessionsAsync(SessionQuery query, CancellationToken cancellationToken = default)
    {
        ThrowIfInvalid(query);

        return ListSessionsCoreAsync(query, cancellationToken);
    }

    /// <inheritdoc cref="ListSessionsAsync"/>
    /// <remarks>
    /// The numbers of the query and the keys of its metadata have been checked. <see cref="SessionCursor"/> checks
    /// <see cref="SessionQuery.After"/>.
    /// </remarks>
    protected abstract Task<SessionPage> ListSessionsCoreAsync(SessionQuery query, CancellationToken cancellationToken);

    private static void ThrowIfInvalid(SessionQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1, $"{nameof(query)}.{nameof(query.Limit)}");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, MaxLimit, $"{nameof(query)}.{nameof(query.Limit)}");
        if (!Enum.IsDefined(query.Order))
        {
            throw new ArgumentOutOfRangeException($"{nameof(query)}.{nameof(query.Order)}", query.Order, "The order is not known.");
        }

        if (query is { Owner: not null, AllOwners: true })
        {
            throw new ArgumentException("The query asks for the sessions of one owner and for those of all.", $"{nameof(query)}.{nameof(query.AllOwners)}");
        }

        if (query.Metadata is not null)
        {
            MetadataKeys.ThrowIfInvalid(query.Metadata.Keys, nameof(query));
        }
    }
}
