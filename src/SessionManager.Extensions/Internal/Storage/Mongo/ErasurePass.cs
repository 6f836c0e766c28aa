using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// What one call knows of the erasure that it works on.
/// </summary>
internal sealed class ErasurePass(SessionOwner owner, string id)
{
    private readonly HashSet<string> _entered = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    public SessionOwner Owner => owner;

    public string Id => id;

    /// <summary>
    /// Gets or sets whether this pass has found anything, so that another one has to look.
    /// </summary>
    public bool HasErased { get; set; } = true;

    /// <summary>
    /// Gets or sets whether the receipt counts more than it did.
    /// </summary>
    public bool HasMore { get; set; }

    /// <summary>
    /// Gets why a session is not erased; null where all are.
    /// </summary>
    public SessionException? Refused { get; private set; }

    /// <summary>
    /// Gets the time at which the last that stays of a session may go.
    /// </summary>
    public BsonValue FinalAt { get; private set; } = BsonNull.Value;

    public void Begin(BsonDateTime now) => (HasErased, FinalAt) = (false, now);

    public void Keep(BsonValue until) => FinalAt = until.CompareTo(FinalAt) > 0 ? until : FinalAt;

    public void Refuse(string sessionId, SessionException exception)
    {
        _refused.Add(sessionId);
        Refused = exception;
    }

    public bool IsRefused(string sessionId) => _refused.Contains(sessionId);

    public bool TryEnter(string count)
    {
        var isNew = _entered.Add(count);
        HasErased |= isNew;
        return isNew;
    }
}
