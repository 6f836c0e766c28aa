namespace SessionManager.AgentFramework.Tests;

public sealed class LayersTests
{
    [Fact]
    public void Adapters_Sessions_AreKnownByTheirContractsOnly()
    {
        var references = typeof(SessionAIAgentOptions).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name);

        Assert.Contains("SessionManager.Abstractions", references);
        Assert.DoesNotContain("SessionManager.Extensions", references);
        Assert.DoesNotContain("MongoDB.Driver", references);
    }
}
