namespace SessionManager.TestServer;

/// <summary>How the gateway of this assembly runs, where it is the server. Other servers are as they are.</summary>
public sealed class MongoTestServerOptions
{
    internal const string TopologyVariable = "SESSION_TEST_TOPOLOGY";
    internal const string DurabilityVariable = "SESSION_TEST_DURABILITY";

    /// <summary>Gets or sets a value indicating whether it is a replica set of one member, with retryable writes.</summary>
    /// <value><see langword="false"/>, a standalone server, unless <c>SESSION_TEST_TOPOLOGY</c> is <c>replicaset</c>.</value>
    public bool IsReplicaSet { get; set; }

    /// <summary>Gets or sets a value indicating whether what is acknowledged survives the end of the server's processes.</summary>
    /// <value><see langword="false"/> unless <c>SESSION_TEST_DURABILITY</c> is <c>durable</c>.</value>
    public bool IsDurable { get; set; }

    /// <summary>Reads the options from the environment.</summary>
    /// <returns>The options, which the caller may change.</returns>
    /// <exception cref="InvalidOperationException">A variable has a value that it does not have.</exception>
    public static MongoTestServerOptions FromEnvironment() => From(Environment.GetEnvironmentVariable);

    internal static MongoTestServerOptions From(Func<string, string?> getVariable) => new()
    {
        IsReplicaSet = IsSet(getVariable, TopologyVariable, "standalone", "replicaset"),
        IsDurable = IsSet(getVariable, DurabilityVariable, "throwaway", "durable"),
    };

    private static bool IsSet(Func<string, string?> getVariable, string name, string usual, string other) =>
        getVariable(name)?.Trim() switch
        {
            null or "" => false,
            var value when value == usual => false,
            var value when value == other => true,
            var value => throw new InvalidOperationException($"{name} is '{value}'; it may be '{usual}' or '{other}'."),
        };
}
