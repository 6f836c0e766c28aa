namespace SessionManager.TestServer.Tests.Servers;

public sealed class MongoTestServerOptionsTests
{
    [Theory]
    [InlineData(null, null, false, false)]
    [InlineData("", " ", false, false)]
    [InlineData("standalone", "throwaway", false, false)]
    [InlineData("replicaset", null, true, false)]
    [InlineData(null, "durable", false, true)]
    public void From_ReadsBothVariables(string? topology, string? durability, bool isReplicaSet, bool isDurable)
    {
        var options = MongoTestServerOptions.From(name => name switch
        {
            "SESSION_TEST_TOPOLOGY" => topology,
            "SESSION_TEST_DURABILITY" => durability,
            _ => null,
        });

        Assert.Equal((isReplicaSet, isDurable), (options.IsReplicaSet, options.IsDurable));
    }

    [Theory]
    [InlineData("SESSION_TEST_TOPOLOGY")]
    [InlineData("SESSION_TEST_DURABILITY")]
    public void From_WithAnotherValue_NamesTheVariable(string variable)
    {
        var failure = Assert.Throws<InvalidOperationException>(
            () => MongoTestServerOptions.From(name => name == variable ? "sharded" : null));

        Assert.Contains(variable, failure.Message, StringComparison.Ordinal);
        Assert.Contains("sharded", failure.Message, StringComparison.Ordinal);
    }
}
