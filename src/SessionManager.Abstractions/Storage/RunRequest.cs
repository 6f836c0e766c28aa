using System.ComponentModel;

namespace SessionManager;

/// <summary>
/// Asks for a run of an agent.
/// </summary>
/// <param name="Token">What names the run, unlike any other.</param>
/// <param name="Owner">Who asks, for people.</param>
/// <param name="Term">How long the run is alive without another sign of life, more than zero.</param>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public sealed record RunRequest(string Token, string Owner, TimeSpan Term);
