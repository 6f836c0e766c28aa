namespace SessionManager.Internal.Diagnostics;

/// <summary>
/// Tells one health check from another, so that it is added once.
/// </summary>
/// <param name="ServiceKey">The key of the registration that is checked, or null.</param>
/// <param name="Name">The name of the check.</param>
internal sealed record HealthRegistration(string? ServiceKey, string Name);
