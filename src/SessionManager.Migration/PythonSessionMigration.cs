using System.Runtime.CompilerServices;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal;

namespace SessionManager;

/// <summary>
/// Brings the sessions of one collection of the Python library <c>mongodb-session-manager</c> over to a collection of this library's.
/// </summary>
/// <remarks>
/// Thread-safe. The source is never written. A migration may be ended at any moment and called again: what is there is left as it is,
/// what is missing is added, and a session that C# has begun to use is a conflict as soon as Python changes it, and stays as it is.
/// The clients of both databases belong to the caller.
/// </remarks>
public sealed class PythonSessionMigration
{
    // Of sessions that are in work at once.
    private const int MaxBytesInFlight = 64 * 1024 * 1024;

    private const int MaxParallelismLimit = 64;

    private static readonly TimeSpan MaxInterval = TimeSpan.FromDays(1);

    private readonly MigrationPlace _place;
    private readonly SourceSessions _source;
    private readonly TimeProvider _timeProvider;

    /// <summary>
    /// Initializes a new instance of the <see cref="PythonSessionMigration"/> class.
    /// </summary>
    /// <param name="sourceDatabase">The database of the Python library.</param>
    /// <param name="sourceCollectionName">The name of its collection of sessions.</param>
    /// <param name="targetDatabase">The database of this library.</param>
    /// <param name="targetCollectionName">The name of its collection of sessions; messages go to <c>{targetCollectionName}_messages</c>, feedback to <c>{targetCollectionName}_feedback</c>.</param>
    /// <param name="timeProvider">Tells when a session was brought over; null for the system's.</param>
    /// <exception cref="ArgumentNullException">A database or name is null.</exception>
    /// <exception cref="ArgumentException">A name is blank or none of a collection.</exception>
    public PythonSessionMigration(
        IMongoDatabase sourceDatabase,
        string sourceCollectionName,
        IMongoDatabase targetDatabase,
        string targetCollectionName,
        TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(sourceDatabase);
        ArgumentException.ThrowIfNullOrWhiteSpace(sourceCollectionName);
        ArgumentNullException.ThrowIfNull(targetDatabase);
        ArgumentException.ThrowIfNullOrWhiteSpace(targetCollectionName);
        _place = new MigrationPlace(sourceDatabase, sourceCollectionName, targetDatabase, targetCollectionName);
        _source = new SourceSessions(_place.Source);
        _timeProvider = timeProvider ?? TimeProvider.System;
    }

    /// <summary>
    /// Brings all sessions over, or those that the options name: one pass.
    /// </summary>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Is told of each session that is done, one at a time.</param>
    /// <param name="cancellationToken">Cancels the call. What is written stays, and the next pass goes on with it.</param>
    /// <returns>What became of them.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or one of the ids is none.</exception>
    /// <exception cref="InvalidOperationException">Source and target are one collection.</exception>
    /// <exception cref="MongoException">A server cannot be reached, or refuses a command that concerns more than one session.</exception>
    public async Task<PythonMigrationReport> MigrateAsync(
        PythonMigrationOptions? options = null,
        IProgress<PythonMigrationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new PythonMigrationOptions();
        ThrowIfInvalid(options);
        await _place.ThrowIfSameAsync(cancellationToken).ConfigureAwait(false);
        var startedAt = _timeProvider.GetUtcNow();
        var start = _timeProvider.GetTimestamp();
        var sessionIds = options.SessionIds.Distinct(StringComparer.Ordinal).ToList();
        var total = await _source.CountAsync(sessionIds, cancellationToken).ConfigureAwait(false);
        var report = new ReportBuilder(options.MaxReportedSessions, total, progress);
        var pass = new MigrationPass(
            new TargetSessions(_place, _timeProvider), new SessionVerifier(_place, options.KeepViewerPassword), options, report, MaxBytesInFlight);
        if (sessionIds.Count > 0)
        {
            await pass.RunAsync(ReadAsync(sessionIds, report, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await pass.RunAsync(_source.ReadAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            foreach (var id in await _source.ListOtherIdsAsync(options.MaxReportedSessions + 1, cancellationToken).ConfigureAwait(false))
            {
                report.Add(new PythonMigrationResult { SessionId = id, Outcome = PythonMigrationOutcome.Failed, Reason = "Its _id is no text." });
            }
        }

        return report.Build(
            _place.Source.CollectionNamespace.FullName,
            _place.Sessions.CollectionNamespace.FullName,
            options.DryRun,
            startedAt,
            _timeProvider.GetElapsedTime(start));
    }

    /// <summary>
    /// Brings sessions over again and again, while Python still writes: the target follows it, so that the last pass, when Python has
    /// ended, is short.
    /// </summary>
    /// <param name="interval">How long to wait between two passes.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Is told of each session that is done, one at a time.</param>
    /// <param name="cancellationToken">Ends the passes.</param>
    /// <returns>The report of each pass, without end. What a pass throws, it throws.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or one of the ids is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="interval"/> is negative, or longer than a day.</exception>
    public IAsyncEnumerable<PythonMigrationReport> WatchAsync(
        TimeSpan interval,
        PythonMigrationOptions? options = null,
        IProgress<PythonMigrationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(interval, MaxInterval);
        ThrowIfInvalid(options ?? new PythonMigrationOptions());
        return WatchCoreAsync(interval, options, progress, cancellationToken);
    }

    private async IAsyncEnumerable<PythonMigrationReport> WatchCoreAsync(
        TimeSpan interval,
        PythonMigrationOptions? options,
        IProgress<PythonMigrationProgress>? progress,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            yield return await MigrateAsync(options, progress, cancellationToken).ConfigureAwait(false);
            await Task.Delay(interval, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private async IAsyncEnumerable<IReadOnlyList<RawBsonDocument>> ReadAsync(
        List<string> sessionIds, ReportBuilder report, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var sessionId in sessionIds)
        {
            if (await _source.FindAsync(sessionId, cancellationToken).ConfigureAwait(false) is { } session)
            {
                yield return [session];
            }
            else
            {
                report.Add(new PythonMigrationResult { SessionId = sessionId, Outcome = PythonMigrationOutcome.Failed, Reason = "The source has no session of this id." });
            }
        }
    }

    private static void ThrowIfInvalid(PythonMigrationOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxParallelism, 1, $"{nameof(options)}.{nameof(options.MaxParallelism)}");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaxParallelism, MaxParallelismLimit, $"{nameof(options)}.{nameof(options.MaxParallelism)}");
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaxReportedSessions, $"{nameof(options)}.{nameof(options.MaxReportedSessions)}");
        if (options.SessionIds.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException("One of the session ids is null or empty.", $"{nameof(options)}.{nameof(options.SessionIds)}");
        }
    }
}
