namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// How many callers take turns at once, in sessions of which length.
/// </summary>
/// <param name="Callers">The callers, each with sessions of its own.</param>
/// <param name="Messages">The messages that a session has at the beginning.</param>
/// <param name="Sessions">The sessions that each caller goes through in a round; they are made anew for each round.</param>
/// <param name="TurnsPerSession">The turns that each session gets. A turn adds two messages.</param>
internal sealed record TurnSituation(int Callers, int Messages, int Sessions, int TurnsPerSession);
