namespace SessionManager.Internal.Sessions;

/// <summary>
/// Tells the hosted service of one registration.
/// </summary>
/// <param name="ServiceKey">The key of its services, or null.</param>
internal sealed record SessionRegistration(string? ServiceKey);
