using System.Text.Json;

namespace SessionManager.Chaos.Workers;

/// <summary>
/// What a worker is told at its start.
/// </summary>
internal sealed record WorkerSettings
{
    public const string Argument = "--worker";

    public const string PlainCollection = "sessions";
    public const string BriefCollection = "brief_sessions";

    /// <summary>
    /// The shortest that the options allow.
    /// </summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    public required string ConnectionString { get; init; }

    public required string DatabaseName { get; init; }

    /// <summary>
    /// Gets the name of the process; what it stores begins with it, so that no two processes store the same.
    /// </summary>
    public required string Name { get; init; }

    public required int Index { get; init; }

    public required int Seed { get; init; }

    public required string LogFile { get; init; }

    public required DateTimeOffset ClockStart { get; init; }

    /// <summary>
    /// Gets a value indicating whether the workers create the indexes for listing and expiry, without which nothing else goes wrong.
    /// </summary>
    public required bool CreateIndexes { get; init; }

    /// <summary>
    /// Says whether a session is one of those that expire, by its id.
    /// </summary>
    public static bool HasLifetime(string sessionId) =>
        sessionId.StartsWith("kept-", StringComparison.Ordinal) || sessionId.StartsWith("left-", StringComparison.Ordinal);

    public static WorkerSettings Parse(string text) => JsonSerializer.Deserialize<WorkerSettings>(text)!;

    public override string ToString() => JsonSerializer.Serialize(this);
}
