using System.Collections.Concurrent;

namespace SessionManager.Internal.Chat;

/// <summary>
/// Records what session managers are called for, and passes it on.
/// </summary>
public sealed class RecordingSessions : ISessionManagerFactory
{
    private readonly ISessionManagerFactory _sessions;
    private readonly ConcurrentQueue<string> _calls;

    public RecordingSessions(ISessionManagerFactory sessions)
        : this(sessions, [])
    {
    }

    private RecordingSessions(ISessionManagerFactory sessions, ConcurrentQueue<string> calls) => (_sessions, _calls) = (sessions, calls);

    /// <summary>
    /// Gets the names of the methods that were called.
    /// </summary>
    public IReadOnlyList<string> Calls => [.. _calls];

    /// <summary>
    /// Gets or sets what a call returns instead of going on to the session manager, by name and arguments, or null.
    /// </summary>
    public Func<string, object?[]?, object?>? Instead { get; set; }

    public SessionOwner Owner => _sessions.Owner;

    public ISessionManagerFactory ForOwner(SessionOwner owner) => new RecordingSessions(_sessions.ForOwner(owner), _calls) { Instead = Instead };

    public ISessionManager Create(string sessionId, SessionManagerOptions? options = null)
    {
        _calls.Enqueue(nameof(Create));
        return RecordedSession.Create(_sessions.Create(sessionId, options), Record);
    }

    /// <summary>
    /// Counts the calls of a method.
    /// </summary>
    public int Count(string method) => _calls.Count(call => call == method);

    private object? Record(string method, object?[]? arguments)
    {
        _calls.Enqueue(method);
        return Instead?.Invoke(method, arguments);
    }
}
