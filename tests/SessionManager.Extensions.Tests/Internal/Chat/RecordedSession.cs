using System.Reflection;

namespace SessionManager.Internal.Chat;

/// <summary>
/// A session manager that tells what it is called for, and is told what to return instead, or null.
/// </summary>
public class RecordedSession : DispatchProxy
{
    private ISessionManager _session = null!;
    private Func<string, object?[]?, object?> _record = null!;

    public static ISessionManager Create(ISessionManager session, Func<string, object?[]?, object?> record)
    {
        var proxy = Create<ISessionManager, RecordedSession>();
        ((RecordedSession)(object)proxy)._session = session;
        ((RecordedSession)(object)proxy)._record = record;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var instead = targetMethod!.IsSpecialName ? null : _record(targetMethod.Name, args);
        return instead ?? targetMethod.Invoke(_session, BindingFlags.DoNotWrapExceptions, binder: null, args, culture: null);
    }
}
