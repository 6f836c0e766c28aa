namespace SessionManager;

/// <summary>
/// Continues an operation on metadata: the hooks that follow, then the operation itself.
/// </summary>
/// <param name="context">The operation, as the hooks that follow shall see it.</param>
/// <returns>The metadata that was read, and null for the other operations or where the session does not exist.</returns>
public delegate ValueTask<IReadOnlyDictionary<string, object?>?> MetadataHookNext(MetadataHookContext context);
