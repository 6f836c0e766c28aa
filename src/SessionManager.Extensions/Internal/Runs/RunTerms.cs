using System.Diagnostics;
using System.Globalization;

namespace SessionManager.Internal.Runs;

/// <summary>
/// How long the runs of a registration live without a sign of life, and who has them.
/// </summary>
/// <param name="term">How long a run lives without a sign of life.</param>
/// <param name="createToken">Creates what names a run, unlike any other; null for a random one.</param>
internal sealed class RunTerms(TimeSpan term, Func<string>? createToken = null)
{
    private const int RenewalsPerTerm = 3;

    // For people who look into the database, and at the message of an exception. Nothing is concluded from it.
    private static readonly string Owner = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}");

    public TimeSpan Term => term;

    /// <summary>
    /// Gets the time between two signs of life.
    /// </summary>
    public TimeSpan BetweenRenewals => term / RenewalsPerTerm;

    /// <summary>
    /// Creates a request for a run unlike any other.
    /// </summary>
    public RunRequest CreateRequest() => new(createToken?.Invoke() ?? ActivityTraceId.CreateRandom().ToHexString(), Owner, term);
}
