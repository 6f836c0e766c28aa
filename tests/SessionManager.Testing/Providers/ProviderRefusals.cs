using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using SessionManager.Testing.Models;

namespace SessionManager.Testing.Providers;

/// <summary>
/// The refusals of each test: one whose exception is swallowed, or expected as any other failure, fails its test all the
/// same. Thread-safe.
/// </summary>
/// <seealso cref="NoRefusalAttribute"/>
public static class ProviderRefusals
{
    private static readonly ConcurrentDictionary<string, ConcurrentQueue<ProviderRefusedException>> ByTest = new(StringComparer.Ordinal);

    /// <summary>
    /// Notes a refusal for the running test.
    /// </summary>
    /// <returns>The exception to throw.</returns>
    public static ProviderRefusedException Add(IEnumerable<string> violations, IEnumerable<ChatMessage> messages) =>
        Add($"{string.Join('\n', violations)}\n{string.Join('\n', messages.Select((message, i) => $"  {i} {ScriptedRequest.Show(message)}"))}");

    /// <summary>
    /// Notes a refusal for the running test.
    /// </summary>
    /// <returns>The exception to throw.</returns>
    public static ProviderRefusedException Add(string message)
    {
        var exception = new ProviderRefusedException($"A provider would refuse this request:\n{message}");
        if (TestContext.Current.Test is { } test)
        {
            ByTest.GetOrAdd(test.UniqueID, static _ => new()).Enqueue(exception);
        }

        return exception;
    }

    /// <summary>
    /// Takes the refusals of the running test, which then no longer fail it.
    /// </summary>
    public static IReadOnlyList<ProviderRefusedException> Take() =>
        TestContext.Current.Test is { } test && ByTest.TryRemove(test.UniqueID, out var refusals) ? [.. refusals] : [];
}
