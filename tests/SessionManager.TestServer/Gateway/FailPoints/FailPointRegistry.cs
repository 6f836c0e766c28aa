namespace SessionManager.TestServer.Gateway.FailPoints;

/// <summary>
/// The fail points that are set. MongoDB has one of each name; here there is one of each name and scope, so that tests
/// side by side can each set theirs.
/// </summary>
internal sealed class FailPointRegistry
{
    private readonly Lock _lock = new();
    private volatile FailPoint[] _set = [];

    public bool IsEmpty => _set.Length == 0;

    /// <summary>Sets a fail point in place of the one with its name and scope, if there is one.</summary>
    /// <returns>What it replaced.</returns>
    public IReadOnlyList<FailPoint> Set(FailPoint failPoint)
    {
        lock (_lock)
        {
            var replaced = Find(failPoint.Name, failPoint.Scope);
            failPoint.CountFrom(replaced.Sum(before => before.Count));
            _set = [.. _set.Except(replaced), failPoint];
            return replaced;
        }
    }

    /// <summary>Turns off the fail points of a name: the one of a scope or, without one, all of them.</summary>
    public IReadOnlyList<FailPoint> TurnOff(string name, FailPointScope? scope)
    {
        lock (_lock)
        {
            var off = Find(name, scope);
            _set = [.. _set.Except(off)];
            return off;
        }
    }

    /// <summary>Uses the first fail point of a name that is about a command.</summary>
    public FailPoint? Enter(string name, Command command, Peer peer, Func<FailPoint, bool> matches) =>
        _set.FirstOrDefault(failPoint =>
            failPoint.Name == name && failPoint.IsAbout(command, peer) && matches(failPoint) && failPoint.TryEnter());

    private List<FailPoint> Find(string name, FailPointScope? scope) =>
        [.. _set.Where(failPoint => failPoint.Name == name && (scope is null || failPoint.Scope == scope))];
}
