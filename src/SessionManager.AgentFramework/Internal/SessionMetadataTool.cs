using Microsoft.Extensions.AI;

namespace SessionManager.Internal;

/// <summary>
/// The metadata tool of a session, with a session manager for each call: nothing tells when an agent has called it for the
/// last time.
/// </summary>
internal sealed class SessionMetadataTool(Func<ISessionManager> createManager, MetadataToolOptions? options)
    : DelegatingAIFunction(createManager().GetMetadataTool(options))
{
    /// <inheritdoc/>
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var manager = createManager();
        await using (manager.ConfigureAwait(false))
        {
            return await manager.GetMetadataTool(options).InvokeAsync(arguments, cancellationToken).ConfigureAwait(false);
        }
    }
}
