namespace SessionManager.Tool.Doctor;

/// <summary>
/// What was seen of the feedback under the id of one session.
/// </summary>
internal sealed class StoredSessionFeedback(string sessionId)
{
    private readonly SortedDictionary<int, long> _counts = [];

    public string SessionId => sessionId;

    /// <summary>
    /// Gets the highest first branch that any has in its key.
    /// </summary>
    public int Last => _counts.Keys.Last();

    /// <summary>
    /// Gets the feedback whose fields are not what they must be, with what is wrong and whether its key tells the right ones.
    /// </summary>
    public List<(StoredFeedbackKey Key, string Detail, bool CanFile)> Damaged { get; } = [];

    /// <summary>
    /// Gets the feedback, by the first branch in its key, that is of a later session than there is, if there is one.
    /// </summary>
    public IEnumerable<int> ListAbove(int first) => _counts.Keys.Where(seen => seen > first);

    /// <summary>
    /// Counts the feedback of sessions whose first branch is one or a higher one.
    /// </summary>
    public long CountFrom(int first) => _counts.Where(seen => seen.Key >= first).Sum(static seen => seen.Value);

    public long CountBelow(int first) => CountFrom(0) - CountFrom(first);

    public void Add(StoredFeedbackKey key) => _counts[key.First] = _counts.GetValueOrDefault(key.First) + 1;
}
