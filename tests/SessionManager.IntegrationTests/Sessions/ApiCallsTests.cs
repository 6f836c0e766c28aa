using System.Reflection;

namespace SessionManager.IntegrationTests.Sessions;

public sealed class ApiCallsTests
{
    [Fact]
    public void Calls_OfSessionManager_AreComplete() =>
        AssertComplete(typeof(ISessionManager), [.. ApiCalls.OfManager.Keys, .. ApiCalls.OfManagerWithAgent.Keys]);

    [Fact]
    public void Calls_OfRepository_AreComplete() =>
        AssertComplete(typeof(ISessionRepository), [.. ApiCalls.OfRepository.Keys, .. ApiCalls.OfRepositoryWithAgent.Keys, .. ApiCalls.OfAllSessions.Keys]);

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
