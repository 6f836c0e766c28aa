namespace SessionManager.Conformance;

/// <summary>
/// The conformance suite over a storage inside a decorator that changes nothing.
/// </summary>
public static class DecoratedConformance
{
    public sealed class Session(DecoratedFixture fixture) : SessionTests(fixture), IClassFixture<DecoratedFixture>;

    public sealed class Counter(DecoratedFixture fixture) : CounterTests(fixture), IClassFixture<DecoratedFixture>;

    public sealed class Message(DecoratedFixture fixture) : MessageTests(fixture), IClassFixture<DecoratedFixture>;
}
