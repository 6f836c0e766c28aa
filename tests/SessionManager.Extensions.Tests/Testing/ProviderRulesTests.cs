using Microsoft.Extensions.AI;
using SessionManager.Testing.Models;
using SessionManager.Testing.Providers;

namespace SessionManager.Testing;

public sealed class ProviderRulesTests
{
    private static readonly ResponseContinuationToken Token = ResponseContinuationToken.FromBytes(new byte[] { 1 });

    [Fact]
    public void FindViolations_OfAConversation_FindsNone() => AssertAccepted(
        new(ChatRole.System, "Be short."),
        User("Hello"),
        new(ChatRole.Assistant, [new TextReasoningContent("Hm."), new TextContent("Hi."), Call("1"), Call("2")]),
        Results("2", "1"),
        new(ChatRole.Assistant, [Call("1")]),
        Results("1"),
        new(ChatRole.Assistant, "Here."),
        User("Thanks"));

    [Fact]
    public void FindViolations_OfResultsInSeveralToolMessages_FindsNone() =>
        AssertAccepted(User("Hello"), new(ChatRole.Assistant, [Call("1"), Call("2")]), Results("1"), Results("2"), User("And?"));

    [Fact]
    public void FindViolations_OfMessageWithoutContent_FindsIt() => AssertRefused("Message 1 (assistant) is empty.", User("Hello"), new(ChatRole.Assistant, []));

    [Fact]
    public void FindViolations_OfMessageWithUsageAlone_FindsIt() =>
        AssertRefused("Message 1 (assistant) is empty.", User("Hello"), new(ChatRole.Assistant, [new UsageContent(new UsageDetails())]));

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    public void FindViolations_OfBlankText_FindsIt(string text) =>
        AssertRefused("Message 0 (user) has a blank text.", new ChatMessage(ChatRole.User, [new TextContent("Hello"), new TextContent(text)]));

    [Fact]
    public void FindViolations_OfCallAtTheEnd_FindsIt() =>
        AssertRefused("The request ends without the result of 1.", User("Hello"), new(ChatRole.Assistant, [Call("1")]));

    [Fact]
    public void FindViolations_OfTextBetweenCallAndResult_FindsBothSides() => AssertRefused(
        ["Message 2 (user) stands where the result of 1 belongs.", "Message 3 (tool) has a result of 1, which is not called directly before."],
        User("Hello"), new(ChatRole.Assistant, [Call("1")]), User("Well?"), Results("1"));

    [Fact]
    public void FindViolations_OfOneOfTwoResults_FindsTheOther() => AssertRefused(
        "Message 3 (assistant) stands where the result of 2 belongs.",
        User("Hello"), new(ChatRole.Assistant, [Call("1"), Call("2")]), Results("1"), new(ChatRole.Assistant, "Here."));

    [Fact]
    public void FindViolations_OfResultWithoutCall_FindsIt() =>
        AssertRefused("Message 1 (tool) has a result of 1, which is not called directly before.", User("Hello"), Results("1"));

    [Fact]
    public void FindViolations_OfSecondResult_FindsIt() => AssertRefused(
        "Message 3 (tool) has a second result of 1.", User("Hello"), new(ChatRole.Assistant, [Call("1")]), Results("1"), Results("1"));

    [Fact]
    public void FindViolations_OfSecondCallWithOneId_FindsIt() =>
        AssertRefused("Message 1 (assistant) calls 1 twice.", User("Hello"), new(ChatRole.Assistant, [Call("1"), Call("1")]), Results("1"));

    [Fact]
    public void FindViolations_OfCallOfTheUsers_FindsIt() =>
        AssertRefused("Message 0 (user) calls 1.", new ChatMessage(ChatRole.User, [Call("1")]), Results("1"));

    [Fact]
    public void FindViolations_OfResultOfTheUsers_FindsIt() => AssertRefused(
        ["Message 2 (user) has the result of 1.", "Message 2 (user) stands where the result of 1 belongs.", "Message 2 (user) has a result of 1, which is not called directly before."],
        User("Hello"), new(ChatRole.Assistant, [Call("1")]), new(ChatRole.User, [new FunctionResultContent("1", "done")]));

    [Fact]
    public void FindViolations_OfTextBeforeTheResult_FindsIt() => AssertRefused(
        "Message 2 (tool) has something else in front of the result of 1.",
        User("Hello"), new(ChatRole.Assistant, [Call("1")]), new(ChatRole.Tool, [new TextContent("So:"), new FunctionResultContent("1", "done")]));

    [Fact]
    public void FindViolations_OfInformationalCall_WantsItsResultToo()
    {
        var call = Call("1");
        call.InformationalOnly = true;

        AssertRefused("Message 2 (user) stands where the result of 1 belongs.", User("Hello"), new(ChatRole.Assistant, [call]), User("Well?"));
        AssertAccepted(User("Hello"), new(ChatRole.Assistant, [call]), Results("1"));
    }

    [Fact]
    public void FindViolations_OfApprovals_FindsThem()
    {
        var request = new ToolApprovalRequestContent("a", Call("1"));

        AssertRefused(
            ["Message 1 (assistant) asks for approval of 1.", "Message 2 (user) answers for approval of 1."],
            User("Hello"), new(ChatRole.Assistant, [request]), new(ChatRole.User, [request.CreateResponse(approved: true)]));
    }

    [Fact]
    public void FindViolations_OfApprovalsOfTheProvidersOwn_FindsNone()
    {
        var request = new ToolApprovalRequestContent("a", new McpServerToolCallContent("1", "orders", "shop"));

        AssertAccepted(User("Hello"), new(ChatRole.Assistant, [request]), new(ChatRole.User, [request.CreateResponse(approved: true)]));
    }

    [Fact]
    public void FindViolations_OfThoughtOfTheTools_FindsIt() => AssertRefused(
        "Message 2 (tool) has a thought.",
        User("Hello"), new(ChatRole.Assistant, [Call("1")]), new(ChatRole.Tool, [new FunctionResultContent("1", "done"), new TextReasoningContent("Hm")]));

    [Fact]
    public void FindViolations_OfInterruptedThoughtWithoutSignature_FindsIt()
    {
        AssertRefused("Message 1 (assistant) was interrupted and has a thought without signature.", User("Hello"), Interrupted(null), User("Well?"));
        AssertAccepted(User("Hello"), Interrupted("signature"), User("Well?"));
    }

    [Fact]
    public void FindViolations_OfSystemMessagesAlone_FindsThatNothingIsAsked()
    {
        AssertRefused("The request has no message beside those of the system.");
        AssertRefused("The request has no message beside those of the system.", new(ChatRole.System, "Be short."), new(new("developer"), "Be kind."));
    }

    [Fact]
    public void FindViolations_WithContinuationToken_WantsNoMessages()
    {
        var options = new ChatOptions { ContinuationToken = Token };

        Assert.Empty(ProviderRules.FindViolations([], options));
        Assert.Equal(["The request has 1 messages together with a continuation token."], ProviderRules.FindViolations([User("Hello")], options));
    }

    [Fact]
    public void FindViolationsOfBeginning_WantsTheUserFirst()
    {
        ChatMessage system = new(ChatRole.System, "Be short.");

        Assert.Empty(ProviderRules.FindViolationsOfBeginning([system, User("Hello")]));
        Assert.Equal(
            ["The conversation begins with a message of the role assistant, not of the user."],
            ProviderRules.FindViolationsOfBeginning([system, new(ChatRole.Assistant, "Welcome.")]));
    }

    [Fact]
    public async Task ScriptedModel_SentWhatProvidersRefuse_ThrowsAndRemembers()
    {
        using var model = new ScriptedModel("Here.");

        var thrown = await Assert.ThrowsAsync<ProviderRefusedException>(
            () => model.GetResponseAsync([User(" ")], cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains("Message 0 (user) has a blank text.", thrown.Message, StringComparison.Ordinal);
        Assert.Same(thrown, Assert.Single(ProviderRefusals.Take()));
    }

    [Fact]
    public async Task ScriptedModel_ThatTakesAnything_Answers()
    {
        using var model = new ScriptedModel("Here.") { TakesAnything = true };

        var response = await model.GetResponseAsync([User(" ")], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("Here.", response.Text);
    }

    private static ChatMessage User(string text) => new(ChatRole.User, text);

    private static FunctionCallContent Call(string callId) => new(callId, "orders");

    private static ChatMessage Results(params string[] callIds) => new(ChatRole.Tool, [.. callIds.Select(id => new FunctionResultContent(id, "done"))]);

    private static ChatMessage Interrupted(string? signature) =>
        new(ChatRole.Assistant, [new TextReasoningContent("Hm") { ProtectedData = signature }]) { AdditionalProperties = new() { ["interrupted"] = true } };

    private static void AssertAccepted(params ChatMessage[] messages) => Assert.Empty(ProviderRules.FindViolations(messages));

    private static void AssertRefused(string violation, params ChatMessage[] messages) => AssertRefused([violation], messages);

    private static void AssertRefused(string[] violations, params ChatMessage[] messages) => Assert.Equal(violations, ProviderRules.FindViolations(messages));
}
