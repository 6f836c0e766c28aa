namespace SessionManager.TestServer;

/// <summary>The fail points of the gateway. A MongoDB that runs with test commands knows the first only.</summary>
public static class FailPointNames
{
    /// <summary>MongoDB's own: fails, blocks or cuts off whole commands.</summary>
    public const string FailCommand = "failCommand";

    /// <summary>The gateway's: puts write errors beside what the other statements of a command did.</summary>
    public const string FailStatements = "gatewayFailStatements";

    /// <summary>The gateway's: executes a command, and closes the connection instead of answering.</summary>
    public const string LoseReply = "gatewayLoseReply";

    /// <summary>The gateway's: reads with read concern majority see what was there when it was set.</summary>
    public const string LagMajorityReads = "gatewayLagMajorityReads";
}
