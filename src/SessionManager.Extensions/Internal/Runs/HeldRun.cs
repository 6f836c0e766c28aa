using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.Runs;

/// <summary>
/// A run that this process has, from its beginning to its end.
/// </summary>
/// <remarks>
/// The timer holds it weakly: a run that nobody can end any more, such as one that waits for the results of tools that never come, is not
/// kept alive.
/// </remarks>
internal sealed class HeldRun : ISessionRun
{
    // However long a run may take: one that hangs must not keep its agent for ever.
    private static readonly TimeSpan LongestRenewal = TimeSpan.FromHours(1);

    // The caller may have cancelled, and waits for nothing but this.
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(10);

    // Function invocation calls tools at once. What takes longer comes as a request of its own, if it does, and must not wait for this run.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan BetweenReleases = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _lost = new();
    private readonly RunTerms _terms;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Func<HeldRun, CancellationToken, Task> _completeAsync;
    private readonly Func<HeldRun, CancellationToken, Task> _releaseAsync;
    private readonly long _startedAt;
    private readonly ITimer _timer;
    private long _confirmedAt;
    private int _entered;
    private long _usedAt;
    private ITimer? _patience;
    private volatile bool _isEnded;
    private volatile bool _isGivenUp;
    private volatile bool _isSuspended;
    private volatile bool _isTakenOver;
    private volatile bool _isLeft;

    public HeldRun(
        SessionStorage storage,
        string sessionId,
        AgentBranch branch,
        RunRequest request,
        RunTerms terms,
        long confirmedAt,
        Func<HeldRun, CancellationToken, Task> completeAsync,
        Func<HeldRun, CancellationToken, Task> releaseAsync,
        TimeProvider timeProvider,
        ILogger logger)
    {
        Storage = storage;
        SessionId = sessionId;
        Branch = branch;
        Request = request;
        _terms = terms;
        _timeProvider = timeProvider;
        _logger = logger;
        _completeAsync = completeAsync;
        _releaseAsync = releaseAsync;
        _confirmedAt = confirmedAt;
        _startedAt = confirmedAt;
        _timer = Start(new WeakReference<HeldRun>(this), terms.BetweenRenewals, static run => run.IsOver, static run => run.TryRenewAsync(), timeProvider);
    }

    public SessionStorage Storage { get; }

    /// <inheritdoc/>
    public string SessionId { get; }

    /// <inheritdoc/>
    public string AgentId => Branch.AgentId;

    /// <summary>
    /// Gets or sets the branch that the run appends to.
    /// </summary>
    public AgentBranch Branch { get; set; }

    public RunRequest Request { get; }

    /// <inheritdoc/>
    public AgentInitialization Initialization { get; set; } = null!;

    /// <inheritdoc/>
    public CancellationToken Lost => _lost.Token;

    /// <inheritdoc/>
    public bool IsStopRequested { get; private set; }

    /// <summary>
    /// Gets a value indicating whether the run has ended, in whatever way.
    /// </summary>
    public bool IsEnded => _isEnded;

    /// <summary>
    /// Gets a value indicating whether nobody uses the run any more, though the storage may not know that yet.
    /// </summary>
    public bool IsLeft => _isLeft || IsEnded;

    /// <summary>
    /// Gets or sets a value indicating whether an insert was sent whose outcome is not known. It may be carried out at any time later.
    /// </summary>
    public bool HasUnknownInsert { get; set; }

    /// <summary>
    /// Gets a value indicating whether the run may be ended by whoever wants to: it is not suspended and in use again.
    /// </summary>
    public bool MayBeReleased => !_isGivenUp || IsUnused;

    /// <summary>
    /// Gets what an update of the run depends on.
    /// </summary>
    /// <remarks>
    /// The branch as well: a copy of the command that has begun the run may come late, and give it the branch that another one has left.
    /// </remarks>
    public HistoryFence Fence => new() { RunToken = Request.Token, Branch = Branch.Number };

    /// <summary>
    /// Gets or sets how many messages the history has for certain, as long as this run has appended none.
    /// </summary>
    public int VouchedEnd { get; set; }

    private bool IsOver => IsLeft || _isTakenOver || _timeProvider.GetElapsedTime(_startedAt) >= LongestRenewal;

    private bool IsUnused =>
        _isSuspended && Volatile.Read(ref _entered) == 0 && _timeProvider.GetElapsedTime(Volatile.Read(ref _usedAt)) >= Patience;

    /// <inheritdoc/>
    public IDisposable Enter()
    {
        Interlocked.Increment(ref _entered);
        return RunFlow.Enter(this, static run =>
        {
            Volatile.Write(ref run._usedAt, run._timeProvider.GetTimestamp());
            Interlocked.Decrement(ref run._entered);
        });
    }

    /// <inheritdoc/>
    public void Suspend()
    {
        Volatile.Write(ref _usedAt, _timeProvider.GetTimestamp());
        _isSuspended = true;
        _patience ??= Start(new WeakReference<HeldRun>(this), Patience, static run => run.IsEnded, static run => run.EndIfUnusedAsync(), _timeProvider);
    }

    /// <inheritdoc/>
    public Task CompleteAsync(CancellationToken cancellationToken = default) => IsEnded ? Task.CompletedTask : _completeAsync(this, cancellationToken);

    /// <summary>
    /// Gets what the last update of the run says of it.
    /// </summary>
    /// <param name="end">Where the history ends that was loaded and appended to; null where it could not be loaded, and so nothing was appended.</param>
    public HistoryFence CreateEnd(int? end) => HasUnknownInsert
        ? Fence with { Abandons = true }
        : Fence with { ReleasedEnd = end ?? VouchedEnd };

    /// <summary>
    /// Sees to it that the run is known to be this process's own, where a term has passed since that was known.
    /// </summary>
    public async ValueTask ConfirmAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _usedAt, _timeProvider.GetTimestamp());
        if (!_isTakenOver && _timeProvider.GetElapsedTime(Volatile.Read(ref _confirmedAt)) >= _terms.Term)
        {
            await RenewAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Gives a sign of life, and learns whether the run goes on. False when another one has taken its place.
    /// </summary>
    public async Task<bool> RenewAsync(CancellationToken cancellationToken)
    {
        // Before the server looks at its clock.
        var now = _timeProvider.GetTimestamp();
        var run = await Storage.TryRenewRunAsync(SessionId, AgentId, Request, cancellationToken).ConfigureAwait(false);
        if (run is not null)
        {
            Volatile.Write(ref _confirmedAt, now);
            if (run.IsStopRequested && !IsStopRequested)
            {
                IsStopRequested = true;
                await _lost.CancelAsync().ConfigureAwait(false);
            }

            return true;
        }

        if (!IsEnded)
        {
            await LoseAsync().ConfigureAwait(false);
        }

        return false;
    }

    /// <summary>
    /// Notes that another run has taken the place of this one.
    /// </summary>
    public Task LoseAsync()
    {
        if (!_isTakenOver)
        {
            _isTakenOver = true;
            _logger.RunLost(SessionKey.Parse(SessionId).SessionId, AgentId, Branch.Number);
        }

        return _lost.CancelAsync();
    }

    /// <summary>
    /// Notes that the run has ended.
    /// </summary>
    public void End()
    {
        _timer.Dispose();
        _patience?.Dispose();
        _isEnded = true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (IsEnded)
        {
            return;
        }

        if (!await TryReleaseAsync().ConfigureAwait(false))
        {
            // What has ended it here is on its way to the caller, and matters more. The next run should not have to wait for this one's time.
            _isLeft = true;
            _ = ReleaseLaterAsync();
        }
    }

    private async Task<bool> TryReleaseAsync()
    {
        // Not the caller's token: it may be what has ended the run.
        using var timeout = new CancellationTokenSource(ReleaseTimeout, _timeProvider);
        try
        {
            await _releaseAsync(this, timeout.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            if (!_isLeft)
            {
                _logger.RunNotReleased(SessionKey.Parse(SessionId).SessionId, AgentId, e.GetType().Name);
            }

            return e is ObjectDisposedException or SessionException;
        }
    }

    private async Task ReleaseLaterAsync()
    {
        var start = _timeProvider.GetTimestamp();
        do
        {
            await Task.Delay(BetweenReleases, _timeProvider).ConfigureAwait(false);
        }
        while (_timeProvider.GetElapsedTime(start) < _terms.Term && !await TryReleaseAsync().ConfigureAwait(false));

        End();
    }

    private static ITimer Start(
        WeakReference<HeldRun> run, TimeSpan period, Func<HeldRun, bool> isOver, Func<HeldRun, Task> tickAsync, TimeProvider timeProvider)
    {
        ITimer? timer = null;
        timer = timeProvider.CreateTimer(
            _ =>
            {
                if (run.TryGetTarget(out var target) && !isOver(target))
                {
                    _ = tickAsync(target);
                }
                else
                {
                    timer?.Dispose();
                }
            },
            state: null,
            period,
            period);
        return timer;
    }

    private async Task EndIfUnusedAsync()
    {
        if (IsUnused)
        {
            _isGivenUp = true;
            await DisposeAsync().ConfigureAwait(false);
            _isGivenUp = false;
        }
    }

    private async Task TryRenewAsync()
    {
        try
        {
            using var timeout = new CancellationTokenSource(_terms.BetweenRenewals, _timeProvider);
            await RenewAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The server may be away, and the next one come through. Nothing is lost until somebody takes over.
            _logger.RunNotRenewed(SessionKey.Parse(SessionId).SessionId, AgentId, e.GetType().Name);
        }
    }
}
