using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// Brings sessions over as they are read, several at once, as many as the memory that is set apart for them holds.
/// </summary>
internal sealed class MigrationPass(
    TargetSessions target, SessionVerifier verifier, PythonMigrationOptions options, ReportBuilder report, int maxBytesInFlight)
{
    private readonly SessionMigrator _migrator = new(target, verifier, options);
    private readonly SourceOwner _owner = new(options.OwnerUserField, options.OwnerTenantField);

    public async Task RunAsync(IAsyncEnumerable<IReadOnlyList<RawBsonDocument>> batches, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var slots = new SemaphoreSlim(options.MaxParallelism);
        var running = new HashSet<Task>();
        try
        {
            await foreach (var batch in batches.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                var keys = batch.Select(_owner.FindKey).ToList();
                var targetIds = keys.ConvertAll(static found => found.Fault is null ? found.Key.ToString() : null);
                var hashes = await target.FindSourceHashesAsync(targetIds.OfType<string>(), stop.Token).ConfigureAwait(false);
                foreach (var (session, (_, fault), targetId) in batch.Zip(keys, targetIds))
                {
                    var weight = await EnterAsync(slots, session, stop.Token).ConfigureAwait(false);
                    await ForgetCompletedAsync(running).ConfigureAwait(false);
                    var migratedHash = targetId is null ? null : hashes.GetValueOrDefault(targetId);
                    running.Add(MigrateAsync(session, targetId, fault, migratedHash, slots, weight, stop));
                }
            }

            await Task.WhenAll(running).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Cancelled by one that has failed: what that has met is what the caller must know.
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await (running.FirstOrDefault(static task => task.IsFaulted) ?? Task.CompletedTask).ConfigureAwait(false);
            throw;
        }
        finally
        {
            // Whatever has ended it: nothing goes on behind the caller's back.
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A large session takes several slots, so that only so many are in memory. Only this loop enters, so that it waits for nobody who waits.
    private async Task<int> EnterAsync(SemaphoreSlim slots, RawBsonDocument session, CancellationToken cancellationToken)
    {
        var bytesForSlot = maxBytesInFlight / options.MaxParallelism;
        // The document, its messages as they are written, and both again where they are compared.
        var bytes = 4L * session.Slice.Length;
        var weight = (int)Math.Clamp((bytes + bytesForSlot - 1) / bytesForSlot, 1, options.MaxParallelism);
        for (var i = 0; i < weight; i++)
        {
            await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return weight;
    }

    private async Task MigrateAsync(
        RawBsonDocument session, string? targetId, string? fault, string? migratedHash, SemaphoreSlim slots, int weight, CancellationTokenSource stop)
    {
        // On another thread, since mapping and hashing are work.
        await Task.Yield();
        var isDone = false;
        try
        {
            report.Add(await _migrator.MigrateAsync(session, targetId, fault, migratedHash, stop.Token).ConfigureAwait(false));
            isDone = true;
        }
        finally
        {
            slots.Release(weight);
            if (!isDone)
            {
                // What ends one ends the pass.
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    // Throws what one of them has thrown.
    private static async Task ForgetCompletedAsync(HashSet<Task> running)
    {
        foreach (var task in running.Where(static task => task.IsCompleted).ToArray())
        {
            running.Remove(task);
            await task.ConfigureAwait(false);
        }
    }
}
