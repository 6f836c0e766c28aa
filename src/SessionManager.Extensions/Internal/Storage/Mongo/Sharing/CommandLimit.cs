namespace SessionManager.Internal.Storage.Mongo.Sharing;

/// <summary>
/// How many commands may be on their way at a time: as many as the server answers about as fast as it does when little is on its way.
/// </summary>
/// <remarks>
/// <para>
/// A server that is far away takes many at once and answers each after a round trip, so that nothing gains by waiting. One that is
/// near and busy answers later the more it has to do, and then fewer and larger commands do more. What tells them apart is the
/// latency that is observed, beside the one that is to be expected of the smallest round trip: as in TCP Vegas (Brakmo and Peterson,
/// https://doi.org/10.1109/49.464716).
/// </para>
/// <para>Not thread-safe: for the sharer, inside its lock.</para>
/// </remarks>
/// <param name="floor">The least.</param>
/// <param name="parallel">The least that is worth more than the floor: a server that takes no more than that at once is a near one.</param>
/// <param name="ceiling">The most: so many connections there may be.</param>
/// <param name="timeProvider">Measures.</param>
internal sealed class CommandLimit(int floor, int parallel, int ceiling, TimeProvider timeProvider)
{
    // How much later than expected is still no sign of a queue.
    private const double Tolerance = 1.5;

    private const int WindowCommands = 10;
    private const int WindowRoundTrips = 2;

    // How far one window moves the limit: a third of the way down, and slower up.
    private const double Weight = 0.3;
    private const double Growth = 0.05;
    private const double MaxShrink = 0.5;

    // A command of fewer tells little about what each further one takes.
    private const int ManyStatements = 8;

    // At the floor there is no queue of this process's: what is observed there is the round trip. Else a path that has become longer
    // would be taken for a queue for as long as the shorter one is remembered.
    private static readonly TimeSpan LongestAtFloor = TimeSpan.FromSeconds(0.5);

    private readonly RecentMinimum _roundTrip = new(timeProvider);
    private readonly RecentMinimum _eachFurther = new(timeProvider);
    private double _limit = floor;
    private bool _isStarting = true;
    private bool _hasWaited;
    private double _lastRoundTrip = double.PositiveInfinity;
    private long _floorStart = timeProvider.GetTimestamp();
    private long _windowStart = timeProvider.GetTimestamp();
    private int _count;
    private double _observed;
    private double _expected;

    /// <summary>
    /// Gets the number of commands that may be on their way.
    /// </summary>
    public int Value => _limit < parallel ? floor : (int)_limit;

    /// <summary>
    /// Notes that a call waits because the limit is reached.
    /// </summary>
    public void Waits() => _hasWaited = true;

    /// <summary>
    /// Notes how long the server has taken for a command.
    /// </summary>
    public void Observe(TimeSpan latency, int statements)
    {
        var further = statements - 1;
        var eachFurther = double.IsFinite(_eachFurther.Value) ? _eachFurther.Value : 0;
        _roundTrip.Add(Math.Max(0, latency.TotalSeconds - (further * eachFurther)));
        if (statements >= ManyStatements)
        {
            _eachFurther.Add(Math.Max(0, (latency.TotalSeconds - _roundTrip.Value) / further));
        }

        _count++;
        _observed += latency.TotalSeconds;
        _expected += _roundTrip.Value + (further * eachFurther);
        if (_count >= WindowCommands && timeProvider.GetElapsedTime(_windowStart).TotalSeconds >= WindowRoundTrips * _roundTrip.Value)
        {
            EndWindow();
        }
    }

    private void EndWindow()
    {
        var gradient = Math.Clamp(Tolerance * _expected / _observed, MaxShrink, 1);
        if (gradient < 1)
        {
            _isStarting = false;
            _limit = ((1 - Weight) * _limit) + (Weight * ((_limit * gradient) + 1));
            // All the way, so that a near server is not tried again at once.
            _limit = _limit < parallel ? floor : _limit;
        }
        else if (_hasWaited)
        {
            _limit = _isStarting ? 2 * _limit : _limit + Math.Max(Weight, Growth * _limit);
        }

        _limit = Math.Clamp(_limit, floor, Math.Max(floor, ceiling));
        (_count, _observed, _expected, _hasWaited, _windowStart) = (0, 0, 0, false, timeProvider.GetTimestamp());
        MeasureAnew();
    }

    private void MeasureAnew()
    {
        if (Value > floor)
        {
            _floorStart = timeProvider.GetTimestamp();
        }
        else if (timeProvider.GetElapsedTime(_floorStart) > LongestAtFloor)
        {
            // What it was when it was last measured so tells whether the path is another one.
            _isStarting |= _roundTrip.Value > 2 * _lastRoundTrip;
            _lastRoundTrip = _roundTrip.Value;
            _roundTrip.Reset();
            _floorStart = timeProvider.GetTimestamp();
        }
    }

    /// <summary>
    /// The smallest of the numbers of the last 10 to 20 seconds.
    /// </summary>
    private sealed class RecentMinimum(TimeProvider timeProvider)
    {
        private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);

        private double _before = double.PositiveInfinity;
        private double _current = double.PositiveInfinity;
        private long _start = timeProvider.GetTimestamp();

        /// <summary>
        /// Gets it; infinite where there is none.
        /// </summary>
        public double Value => Math.Min(_before, _current);

        public void Add(double number)
        {
            if (timeProvider.GetElapsedTime(_start) > Span)
            {
                (_before, _current, _start) = (_current, double.PositiveInfinity, timeProvider.GetTimestamp());
            }

            _current = Math.Min(_current, number);
        }

        public void Reset() => (_before, _current, _start) = (double.PositiveInfinity, double.PositiveInfinity, timeProvider.GetTimestamp());
    }
}
