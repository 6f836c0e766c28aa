using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SessionManager.Internal.Diagnostics;

namespace SessionManager.Internal.Titles;

/// <summary>
/// The sessions that wait for a title, each once.
/// </summary>
internal sealed class TitleQueue(SessionTitleOptions options, ILogger logger)
{
    private readonly Channel<TitleRequest> _channel = Channel.CreateBounded<TitleRequest>(options.Capacity);
    private readonly ConcurrentDictionary<(SessionStorage, string), byte> _waiting = [];

    public ChannelReader<TitleRequest> Reader => _channel.Reader;

    /// <summary>
    /// Adds a session, unless it waits already or there is no room: the next run of one of its agents adds it again.
    /// </summary>
    public void Add(TitleRequest request)
    {
        if (_waiting.TryAdd((request.Storage, request.SessionId), 0) && !_channel.Writer.TryWrite(request))
        {
            Remove(request);
            logger.TitleDropped(SessionKey.Parse(request.SessionId).SessionId);
        }
    }

    /// <summary>
    /// Notes that a session waits no longer.
    /// </summary>
    public void Remove(TitleRequest request) => _waiting.TryRemove((request.Storage, request.SessionId), out _);
}
