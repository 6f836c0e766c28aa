using Microsoft.Extensions.Time.Testing;

namespace SessionManager.Internal.Storage.Mongo.Sharing;

/// <summary>
/// How many commands may be on their way, beside servers that are near or far, idle or busy.
/// </summary>
public sealed class CommandLimitTests
{
    private const int Floor = 2;
    private const int Ceiling = 100;

    private readonly FakeTimeProvider _time = new();
    private readonly CommandLimit _limit;

    public CommandLimitTests() => _limit = new CommandLimit(Floor, parallel: 8, Ceiling, _time);

    [Fact]
    public void Value_AtFirst_IsTheFloor() => Assert.Equal(Floor, _limit.Value);

    [Fact]
    public void Value_NobodyWaits_StaysAtTheFloor()
    {
        Run(seconds: 5, callers: 1, TakesAny(20));

        Assert.Equal(Floor, _limit.Value);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    public void Value_FarServerThatTakesAny_LetsAllGoWithinASecond(int roundTrip)
    {
        Run(seconds: 1, callers: 64, TakesAny(roundTrip));

        Assert.True(_limit.Value >= 64, $"The limit is {_limit.Value}.");
    }

    [Fact]
    public void Value_FarServerAfterAnHourOfLittle_LetsAllGoWithinASecond()
    {
        Run(seconds: 20, callers: 1, TakesAny(20));
        _time.Advance(TimeSpan.FromHours(1));

        Run(seconds: 1, callers: 64, TakesAny(20));

        Assert.True(_limit.Value >= 64, $"The limit is {_limit.Value}.");
    }

    [Fact]
    public void Value_AboveTheCeiling_IsTheCeiling()
    {
        Run(seconds: 20, callers: 1000, TakesAny(20));

        Assert.Equal(Ceiling, _limit.Value);
    }

    [Fact]
    public void Value_NearServerThatAnswersOneAfterTheOther_StaysSmall()
    {
        Run(seconds: 5, callers: 64, OneAfterTheOther(0.2));

        Assert.InRange(_limit.Value, Floor, 5);
    }

    [Fact]
    public void Value_FarServerThatBecomesBusy_ShrinksWithinFiveSeconds()
    {
        Run(seconds: 2, callers: 64, TakesAny(5));

        Run(seconds: 5, callers: 64, OneAfterTheOther(5));

        Assert.InRange(_limit.Value, Floor, 5);
    }

    [Fact]
    public void Value_PathThatBecomesFourTimesAsLong_LetsAllGoWithinFiveSeconds()
    {
        Run(seconds: 30, callers: 64, TakesAny(5));

        Run(seconds: 5, callers: 64, TakesAny(20));

        Assert.True(_limit.Value >= 64, $"The limit is {_limit.Value}.");
    }

    [Fact]
    public void Value_AfterMinutesOfOverload_LetsAllGoWithinFiveSeconds()
    {
        Run(seconds: 2, callers: 64, TakesAny(5));
        Run(seconds: 600, callers: 64, OneAfterTheOther(5));

        Run(seconds: 5, callers: 64, TakesAny(5));

        Assert.True(_limit.Value >= 64, $"The limit is {_limit.Value}.");
    }

    // Each as after the same time, however many there are.
    private static Func<int, double> TakesAny(double milliseconds) => _ => milliseconds;

    // What is on its way waits for what came before.
    private static Func<int, double> OneAfterTheOther(double milliseconds) => commands => milliseconds * commands;

    /// <summary>
    /// Lets callers send as often as they can for some time.
    /// </summary>
    /// <param name="seconds">The time.</param>
    /// <param name="callers">The number of callers, each of which waits for its command.</param>
    /// <param name="getLatency">Gets the milliseconds that a command takes of as many as are on their way.</param>
    private void Run(double seconds, int callers, Func<int, double> getLatency)
    {
        var end = _time.GetUtcNow().AddSeconds(seconds);
        while (_time.GetUtcNow() < end)
        {
            // All that may go at once come back at once, which is a round.
            var commands = Math.Min(callers, _limit.Value);
            if (callers > commands)
            {
                _limit.Waits();
            }

            var latency = TimeSpan.FromMilliseconds(getLatency(commands));
            _time.Advance(latency);
            for (var i = 0; i < commands; i++)
            {
                _limit.Observe(latency, statements: 1);
            }
        }
    }
}
