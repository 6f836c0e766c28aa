namespace SessionManager.Internal.Storage.Mongo;

public sealed class KeptSessionsTests
{
    private static readonly TimeSpan Span = TimeSpan.FromHours(1);
    private static readonly DateTime Start = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly KeptSessions _sessions = new(Span);

    [Fact]
    public void IsKept_UpToWhatWasNoted_OfThatSessionOnly()
    {
        _sessions.Keep("one", Start + Span, 0, Start);

        Assert.True(_sessions.IsKept("one", Start + Span, 0));
        Assert.False(_sessions.IsKept("one", Start + Span + TimeSpan.FromTicks(1), 0));
        Assert.False(_sessions.IsKept("two", Start, 0));
    }

    [Fact]
    public void IsKept_LaterNote_CountsInPlaceOfTheEarlierOne()
    {
        _sessions.Keep("one", Start + Span, 0, Start);
        _sessions.Keep("one", Start + (2 * Span), 0, Start);

        Assert.True(_sessions.IsKept("one", Start + (2 * Span), 0));
    }

    [Fact]
    public void IsKept_BranchOfAnEarlierSession_IsNot()
    {
        _sessions.Keep("one", Start + Span, 5, Start);
        _sessions.Keep("one", Start + Span, 3, Start);

        Assert.True(_sessions.IsKept("one", Start + Span, 5));
        Assert.False(_sessions.IsKept("one", Start + Span, 4));

        _sessions.Keep("one", Start, 7, Start);
        Assert.False(_sessions.IsKept("one", Start, 6));
        Assert.True(_sessions.IsKept("one", Start, 7));
    }

    [Fact]
    public void Keep_OthersForASpan_RemembersASessionUntilItsSpanHasEnded()
    {
        _sessions.Keep("first", Start, 0, Start);
        _sessions.Keep("one", Start + (2 * Span), 0, Start + Span);
        _sessions.Keep("second", Start, 0, Start + (1.5 * Span));

        Assert.True(_sessions.IsKept("one", Start + (2 * Span), 0));
    }

    [Fact]
    public void Keep_OthersForThreeSpans_ForgetsWhatSaysNothingAnyMore()
    {
        for (var i = 0; i < 4; i++)
        {
            _sessions.Keep($"{i}", Start, 0, Start + (1.1 * i * Span));
        }

        Assert.False(_sessions.IsKept("0", Start, 0));
        Assert.True(_sessions.IsKept("3", Start, 0));
    }

    [Fact]
    public void Forget_OfEitherSpan_ForgetsIt()
    {
        _sessions.Keep("before", Start, 0, Start);
        _sessions.Keep("now", Start, 0, Start + (1.1 * Span));

        _sessions.Forget("before");
        _sessions.Forget("now");

        Assert.False(_sessions.IsKept("before", Start, 0));
        Assert.False(_sessions.IsKept("now", Start, 0));
    }
}
