using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.Titles;

/// <summary>
/// Gives sessions their titles while the host runs. What waits when it stops gets one after its next run.
/// </summary>
/// <remarks>What depends on options is made at the start: the host creates this before it validates the options.</remarks>
internal sealed class TitleService(string? serviceKey, string optionsName, Func<IServiceProvider, IChatClient> getClient, IServiceProvider services) : BackgroundService
{
    private readonly ILogger _logger = services.GetSessionManagerLogger();

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var options = services.GetRequiredService<IOptionsMonitor<SessionTitleOptions>>().Get(optionsName);
        var queue = services.GetRequiredKeyedService<TitleQueue>(serviceKey);
        return Task.WhenAll(Enumerable.Range(0, options.Workers).Select(_ => RunAsync(queue, options, stoppingToken)));
    }

    private async Task RunAsync(TitleQueue queue, SessionTitleOptions options, CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var request in queue.Reader.ReadAllAsync(stoppingToken).ConfigureAwait(false))
            {
                await MakeAsync(request, options, stoppingToken).ConfigureAwait(false);
                queue.Remove(request);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task MakeAsync(TitleRequest request, SessionTitleOptions options, CancellationToken stoppingToken)
    {
        var timeProvider = services.GetRequiredService<TimeProvider>();
        for (var attempt = 1; ; attempt++)
        {
            using var timeout = new CancellationTokenSource(options.AttemptTimeout, timeProvider);
            using var token = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stoppingToken);
            try
            {
                await AttemptAsync(request, options, attempt, token.Token).WaitAsync(token.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is not OutOfMemoryException && !stoppingToken.IsCancellationRequested)
            {
                // Whatever a chat client throws, the other sessions are to get their titles.
                _logger.TitleAttemptFailed(SessionKey.Parse(request.SessionId).SessionId, attempt, e.GetType().Name);
                if (attempt == options.MaxAttempts)
                {
                    return;
                }
            }

            await Task.Delay(options.RetryDelay, timeProvider, stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task AttemptAsync(TitleRequest request, SessionTitleOptions options, int attempt, CancellationToken cancellationToken)
    {
        var scope = services.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            if (await new TitleMaker(getClient(scope.ServiceProvider), options).TryMakeAsync(request, cancellationToken).ConfigureAwait(false))
            {
                _logger.SessionTitled(SessionKey.Parse(request.SessionId).SessionId, attempt);
            }
        }
    }
}
