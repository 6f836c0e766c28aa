namespace SessionManager;

/// <summary>
/// Continues an operation on metadata: the hooks that follow, then the operation itself.
/// </summary>
/// <param name="context">The operation, as the hooks that follow shall see it.</param>
/// <returns>The result, which has metadata only where some was read or added to, and tells whether a session was created.</returns>
/// <exception cref="ArgumentException">
/// The context is null, has no payload, or is that of another operation; or it adds to a field, and has not exactly one with an integer.
/// </exception>
/// <exception cref="InvalidOperationException">An earlier call is running, or one has succeeded.</exception>
public delegate ValueTask<MetadataHookResult> MetadataHookNext(MetadataHookContext context);
