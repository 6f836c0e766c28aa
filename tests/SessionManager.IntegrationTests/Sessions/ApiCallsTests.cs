using System.Reflection;

namespace SessionManager.IntegrationTests.Sessions;

public sealed class ApiCallsTests
{
    [Fact]
    public void Calls_OfSessionManager_AreComplete() =>
        AssertComplete(typeof(ISessionManager), [.. ApiCalls.OfManager.Keys, .. ApiCalls.OfManagerWithAgent.Keys]);

    [Fact]
    public void Calls_OfStorage_AreComplete() =>
        AssertComplete(typeof(SessionStorage), [.. ApiCalls.OfStorage.Keys, .. ApiCalls.OfStorageWithAgent.Keys, .. ApiCalls.OfStorageWithBranch.Keys, .. ApiCalls.OfPlace.Keys]);

    [Fact]
    public void Calls_OfCatalog_AreComplete() => AssertComplete(typeof(SessionCatalog), [.. ApiCalls.OfAllSessions.Keys]);

    // Each overload has a call, which bears its name or begins with it.
    private static void AssertComplete(Type type, string[] calls)
    {
        var operations = type.GetMethods().Where(IsAsynchronous).ToArray();

        Assert.NotEmpty(operations);
        Assert.All(
            operations.CountBy(operation => operation.Name),
            operation => Assert.InRange(calls.Count(call => call.Split(' ')[0] == operation.Key), operation.Value, int.MaxValue));
    }

    private static bool IsAsynchronous(MethodInfo method) => method.Name.EndsWith("Async", StringComparison.Ordinal);
}
