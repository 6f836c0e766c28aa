namespace SessionManager.Internal.Storage.Mongo;

public sealed class SessionLifetimeTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);
    private static readonly TimeSpan Span = Lifetime / 4;
    private static readonly DateTime Now = new(2030, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly SessionLifetime _sut = new(Lifetime);

    [Fact]
    public void GetSessionExpiry_AnySession_IsALifetimeToAQuarterMoreAhead() =>
        Assert.All(SessionIds(1_000), id => Assert.InRange(_sut.GetSessionExpiry(id, Now) - Now, Lifetime, Lifetime + Span));

    [Fact]
    public void GetSessionExpiry_OneSession_ChangesOnceASpan()
    {
        var expiries = Enumerable.Range(0, 40).Select(i => _sut.GetSessionExpiry("customer-42", Now + (i * Span / 10)));

        var changes = expiries.CountBy(expiry => expiry).ToArray();
        Assert.Equal([10, 10, 10], changes[1..^1].Select(change => change.Value));
        Assert.Equal([Span, Span, Span], changes[1..^1].Zip(changes[2..], (first, second) => second.Key - first.Key));
    }

    [Fact]
    public void GetMessagesExpiry_AnySession_IsALifetimeAndTwoSpansLater() =>
        Assert.All(SessionIds(100), id => Assert.Equal(Lifetime + (2 * Span), _sut.GetMessagesExpiry(id, Now) - _sut.GetSessionExpiry(id, Now)));

    [Fact]
    public void GetSessionExpiry_ManySessions_SpreadsThemOverTheSpan()
    {
        var tenths = SessionIds(10_000).CountBy(id => (_sut.GetSessionExpiry(id, Now) - Now - Lifetime).Ticks * 10 / Span.Ticks).ToArray();

        Assert.Equal(10, tenths.Length);
        Assert.All(tenths, tenth => Assert.InRange(tenth.Value, 800, 1_200));
    }

    [Fact]
    public void GetSessionExpiry_OfOneId_IsTheSameInEveryProcess() =>
        Assert.Equal(640_318_702_117_533_086, _sut.GetSessionExpiry("customer-42", Now).Ticks);

    private static IEnumerable<string> SessionIds(int count) => Enumerable.Range(0, count).Select(i => $"customer-{i}");
}
