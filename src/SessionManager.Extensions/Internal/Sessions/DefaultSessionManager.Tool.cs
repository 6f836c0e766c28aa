using Microsoft.Extensions.AI;
using SessionManager.Internal.Tools;

namespace SessionManager.Internal.Sessions;

internal sealed partial class DefaultSessionManager
{
    /// <inheritdoc/>
    public AIFunction GetMetadataTool(MetadataToolOptions? options = null)
    {
        ThrowIfDisposed();
        return new MetadataTool(this, options);
    }
}
