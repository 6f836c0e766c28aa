using System.Text.Json;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Hooks;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Tools;
using Chain = SessionManager.Internal.Hooks.HookChain<
    SessionManager.IMetadataHook,
    SessionManager.MetadataHookContext,
    SessionManager.MetadataHookResult>;

namespace SessionManager.Internal.Sessions;

internal sealed partial class DefaultSessionManager
{
    /// <inheritdoc/>
    public Task UpdateMetadataAsync(IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ThrowIfDisposed();
        if (metadata.Count == 0)
        {
            return Task.CompletedTask;
        }

        return hooks is { Metadata: { IsEmpty: false } chain }
            ? MetadataOperation.RunAsync(chain, CreateContext(MetadataAction.Update, metadata, keys: null, cancellationToken), storage, _id, applicationName)
            : Writer.UpdateMetadataAsync(metadata, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, object?>?> GetMetadataAsync(IReadOnlyCollection<string>? keys = null, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        return hooks is { Metadata: { IsEmpty: false } chain }
            ? GetAsync(chain, keys, cancellationToken)
            : storage.GetMetadataAsync(_id, keys, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<T?> GetMetadataAsync<T>(JsonSerializerOptions? serializerOptions = null, CancellationToken cancellationToken = default)
    {
        var metadata = await GetMetadataAsync(keys: null, cancellationToken).ConfigureAwait(false);
        return TypedMetadata.Read<T>(metadata, serializerOptions);
    }

    /// <inheritdoc/>
    public Task DeleteMetadataAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ThrowIfDisposed();
        if (keys.Count == 0)
        {
            return Task.CompletedTask;
        }

        return hooks is { Metadata: { IsEmpty: false } chain }
            ? MetadataOperation.RunAsync(chain, CreateContext(MetadataAction.Delete, metadata: null, keys, cancellationToken), storage, _id, applicationName)
            : storage.DeleteMetadataAsync(_id, keys, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<long?> IncrementMetadataAsync(string key, long amount = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ThrowIfDisposed();
        if (hooks is not { Metadata: { IsEmpty: false } chain })
        {
            return await Writer.IncrementMetadataAsync(key, amount, cancellationToken).ConfigureAwait(false);
        }

        var fields = new Dictionary<string, object?>(StringComparer.Ordinal) { [key] = amount };
        var context = CreateContext(MetadataAction.Increment, fields, keys: null, cancellationToken);
        var result = await MetadataOperation.RunAsync(chain, context, storage, _id, applicationName).ConfigureAwait(false);
        return result.Metadata is { } metadata ? MetadataOperation.GetCounter(metadata).Value : null;
    }

    /// <inheritdoc/>
    public AIFunction GetMetadataTool(MetadataToolOptions? options = null)
    {
        ThrowIfDisposed();
        return new MetadataTool(this, options);
    }

    private async Task<bool> CreateAsync(Chain chain, IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken)
    {
        var context = CreateContext(MetadataAction.Create, metadata, keys: null, cancellationToken);
        var result = await MetadataOperation.RunAsync(chain, context, storage, _id, applicationName).ConfigureAwait(false);
        return result.IsCreated;
    }

    private async Task<IReadOnlyDictionary<string, object?>?> GetAsync(Chain chain, IReadOnlyCollection<string>? keys, CancellationToken cancellationToken)
    {
        var context = CreateContext(MetadataAction.Get, metadata: null, keys, cancellationToken);
        var result = await MetadataOperation.RunAsync(chain, context, storage, _id, applicationName).ConfigureAwait(false);
        return result.Metadata;
    }

    private MetadataHookContext CreateContext(
        MetadataAction action,
        IReadOnlyDictionary<string, object?>? metadata,
        IReadOnlyCollection<string>? keys,
        CancellationToken cancellationToken) => new()
        {
            Action = action,
            Session = this,
            Metadata = metadata,
            Keys = keys,
            CancellationToken = cancellationToken,
        };
}
