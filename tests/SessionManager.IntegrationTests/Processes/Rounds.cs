using System.Globalization;

namespace SessionManager.IntegrationTests.Processes;

/// <summary>
/// How often a test is done that kills processes at random: some times with all the others, and as often as one asks for.
/// </summary>
internal static class Rounds
{
    /// <summary>
    /// Gets the number of rounds.
    /// </summary>
    /// <param name="usual">The number where the environment has no <c>SESSION_TEST_ROUNDS</c>.</param>
    public static int Get(int usual) =>
        Environment.GetEnvironmentVariable("SESSION_TEST_ROUNDS") is { Length: > 0 } rounds ? int.Parse(rounds, CultureInfo.InvariantCulture) : usual;
}
