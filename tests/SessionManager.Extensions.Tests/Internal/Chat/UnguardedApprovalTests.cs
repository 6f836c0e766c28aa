using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using SessionManager.Testing.Models;

namespace SessionManager.Internal.Chat;

/// <summary>
/// Tools that need approval in both orders: where an approval cannot be guarded, none is asked for.
/// </summary>
public sealed class UnguardedApprovalTests
{
    private int _runCount;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Case18_FunctionInvocationOutsideOfSessions_RefusesBeforeTheModelIsCalled(bool isStreaming)
    {
        await using var services = new ServiceCollection().AddInMemorySessionManager().Services.BuildServiceProvider();
        using var model = new ScriptedModel("Hello");
        using var client = model.Build(services, isInside: true);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => client.AskAsync(isStreaming, "Refund it.", CreateOptions(), TestContext.Current.CancellationToken));

        Assert.Contains("The tool 'refund' needs approval", error.Message, StringComparison.Ordinal);
        Assert.Contains("Put UseSessionManager before UseFunctionInvocation", error.Message, StringComparison.Ordinal);
        Assert.Contains("SessionChatOptions.AllowUnguardedApprovals", error.Message, StringComparison.Ordinal);
        Assert.Empty(model.Requests);
        Assert.False(await services.GetRequiredService<ISessionManagerFactory>().Create("one").SessionExistsAsync(TestContext.Current.CancellationToken));
        Assert.Equal("Hello", (await client.AskAsync(isStreaming, "Hi.", ScriptedPipeline.For("one"), TestContext.Current.CancellationToken)).Text);
    }

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, true, true)]
    [InlineData(false, false, false)]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    [InlineData(false, true, true)]
    public async Task Case18_AllowedOrGuarded_AsksForApproval(bool isInside, bool isAllowed, bool isStreaming)
    {
        await using var services = new ServiceCollection().AddInMemorySessionManager().Services.BuildServiceProvider();
        using var client = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("refund", ("number", 1)))).Build(
            services, isInside, options => options.AllowUnguardedApprovals = isAllowed);

        var asked = await client.AskAsync(isStreaming, "Refund it.", CreateOptions(), TestContext.Current.CancellationToken);

        Assert.Single(asked.Messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>());
        Assert.Equal(0, _runCount);
    }

    private ChatOptions CreateOptions() => ScriptedPipeline.For("one", new ApprovalRequiredAIFunction(ScriptedPipeline.Tool("refund", () => _runCount++)));
}
