using System.Runtime.InteropServices;

namespace SessionManager.Tool;

/// <summary>
/// Ctrl+C, or the signal that ends a process. The first one may mean that a command shall come to its end, the second one cancels.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _cancelled = new();
    private readonly CancellationTokenSource _asked = new();
    private volatile bool _isGraceful;

    /// <summary>
    /// Gets the token that is cancelled when the command shall end at once.
    /// </summary>
    public CancellationToken Token => _cancelled.Token;

    /// <summary>
    /// Makes the first signal a request to come to an end.
    /// </summary>
    /// <returns>The token that is cancelled with the request.</returns>
    public CancellationToken EndGracefully()
    {
        _isGraceful = true;
        return _asked.Token;
    }

    public void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_isGraceful && !_asked.IsCancellationRequested)
        {
            _asked.Cancel();
        }
        else
        {
            _cancelled.Cancel();
        }
    }

    public void Dispose()
    {
        _cancelled.Dispose();
        _asked.Dispose();
    }
}
