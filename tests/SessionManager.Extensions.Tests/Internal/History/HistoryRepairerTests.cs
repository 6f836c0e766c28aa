using Microsoft.Extensions.AI;

namespace SessionManager.Internal.History;

public sealed class HistoryRepairerTests
{
    private static readonly HistoryRepair Interrupted = new() { InterruptedCallCount = 1 };
    private static readonly HistoryRepair Unanswered = new() { InterruptedCallCount = 1, UnansweredApprovalCount = 1 };

    [Theory]
    [InlineData("")]
    [InlineData("U hi | A hello")]
    [InlineData("A hello | A again | S rules | U hi")]
    [InlineData("U hi | A call1 | T result1 | A done")]
    [InlineData("U hi | A let me see, call1, call2 | T result2, result1 | A done | U more | A call3 | T result3")]
    [InlineData("U hi | A call1, call2 | T result1 | T result2 | A done")]
    [InlineData("A call1 | T result1 | A call1 | T result1")]
    [InlineData("A call1, call1 | T result1, result1")]
    [InlineData("U hi | A hosted1 | A hostedask2 | U hostedyes2 | A input3 | U reply3 | A done")]
    public void Repair_ValidHistory_IsTheSameMessages(string history)
    {
        var messages = HistoryNotation.Parse(history);

        var (repaired, repair) = Repair(messages);

        Assert.Equal(messages, repaired, ReferenceEqualityComparer.Instance);
        Assert.True(repair.IsEmpty);
    }

    [Theory]
    [InlineData("U hi | A call1", "U hi | A call1 | T cut1")]
    [InlineData("U hi | A call1 | U still there?", "U hi | A call1 | T cut1 | U still there?")]
    [InlineData("U hi | A call1, call2 | T result2 | A done", "U hi | A call1, call2 | T result2, cut1 | A done")]
    [InlineData("A call1 | A call1 | T result1", "A call1 | T cut1 | A call1 | T result1")]
    [InlineData("A call1, call1 | T result1", "A call1, call1 | T result1, cut1")]
    public void Repair_CallWithoutResult_IsInterrupted(string history, string expected) => AssertRepaired(history, expected, Interrupted);

    [Theory]
    [InlineData("T result1 | U hi | A hello", "U hi | A hello")]
    [InlineData("U hi | T result1, and text | A hello", "U hi | T and text | A hello")]
    [InlineData("A call1 | T result1 | T result1 | A done", "A call1 | T result1 | A done")]
    [InlineData("A call1 | T result2, result1 | A done", "A call1 | T result1 | A done")]
    [InlineData("A call1 | T result2 | T result1 | A done", "A call1 | T result1 | A done")]
    [InlineData("A hosted1 | T result1 | A done", "A hosted1 | A done")]
    public void Repair_ResultWithoutCall_IsLeftOut(string history, string expected) =>
        AssertRepaired(history, expected, new HistoryRepair { OrphanResultCount = 1 });

    [Theory]
    [InlineData("A call1 | U wait | T result1 | A done", "A call1 | T result1 | U wait | A done")]
    [InlineData("A call1, call2 | T result1 | U wait | T result2", "A call1, call2 | T result1, result2 | U wait")]
    [InlineData("A call1 | A call2 | T result2, result1", "A call1 | T result1 | A call2 | T result2")]
    [InlineData("A call1 | U text, result1, more | A done", "A call1 | T result1 | U text | U more | A done")]
    public void Repair_ResultApartFromItsCall_IsMoved(string history, string expected) =>
        AssertRepaired(history, expected, new HistoryRepair { MovedResultCount = 1 });

    [Theory]
    [InlineData("U hi | A call1 | U result1 | A done", "U hi | A call1 | T result1 | A done")]
    [InlineData("A call1, call2 | U result1, result2, and now? | A done", "A call1, call2 | T result1, result2 | U and now? | A done")]
    [InlineData("A call1, result1, so, call2, result2, done | U hi", "A call1 | T result1 | A so, call2 | T result2 | A done | U hi")]
    public void Repair_ResultInAMessageOfAnotherRole_GetsAToolMessageUncounted(string history, string expected) =>
        AssertRepaired(history, expected, HistoryRepair.None);

    [Fact]
    public void Case22_Repair_CallMarkedAsInformational_HasAnUnknownOutcomeLikeAnyOther()
    {
        // FunctionInvokingChatClient marks every call that it has invoked, so that most stored calls are.
        var call = HistoryNotation.Call("1");
        call.InformationalOnly = true;

        var (repaired, repair) = Repair([new ChatMessage(ChatRole.Assistant, [call])]);

        Assert.Equal("A call1 | T cut1", HistoryNotation.Format(repaired));
        Assert.Equal(Interrupted, repair);
    }

    [Theory]
    [InlineData("A call1", "T result1", "A call1")]
    [InlineData("A call1, call2 | T result2", "T result1 | U hi", "A call1, call2 | T result2")]
    [InlineData("A call1, call2", "T result1, result2", "A call1, call2")]
    public void Repair_ResultInTheNewMessages_LeavesTheCallOpen(string history, string newMessages, string expected) =>
        AssertRepaired(history, expected, HistoryRepair.None, newMessages);

    [Fact]
    public void Repair_NewMessagesHoldOneOfTwoResults_InterruptsTheOther() =>
        AssertRepaired("A call1, call2", "A call1, call2 | T cut2", Interrupted, "T result1");

    [Theory]
    [InlineData("A see, call1 | U hello? | A hi", "T result1", "A see | U hello? | A hi | A call1")]
    [InlineData("A call1, call2 | T result2 | U hello?", "T result1", "A call2 | T result2 | U hello? | A call1")]
    public void Repair_ResultInTheNewMessagesAndOthersBetween_PutsTheCallLast(string history, string newMessages, string expected) =>
        AssertRepaired(history, expected, new HistoryRepair { MovedResultCount = 1 }, newMessages);

    [Fact]
    public void Repair_NewMessagesAnswerCallsOfTwoMessages_PutsThemIntoOne() =>
        AssertRepaired("A call1 | U hello? | A call2", "U hello? | A call1, call2", new HistoryRepair { MovedResultCount = 2 }, "T result1, result2");

    [Fact]
    public void Repair_NewMessagesHaveACallOfTheSameId_InterruptsTheOldOne() =>
        AssertRepaired("A call1", "A call1 | T cut1", Interrupted, "A call1 | T result1");

    [Theory]
    [InlineData("U hi | A see, ask1 | U yes1 | A call1 | T result1 | A done", "U hi | A see | A call1 | T result1 | A done")]
    [InlineData("U hi | A ask1, ask2 | U yes1, no2 | A call1, call2 | T result1, result2 | A done", "U hi | A call1, call2 | T result1, result2 | A done")]
    [InlineData("A ask1 | U yes1, go on | A call1 | T result1", "U go on | A call1 | T result1")]
    [InlineData("A ask1 | U yes1 | T result1", "A call1 | T result1")]
    [InlineData("A ask1 | U yes1 | A call1 | T result1 | A ask1 | U yes1 | A call1 | T result1", "A call1 | T result1 | A call1 | T result1")]
    public void Repair_ApprovalThatWasCarriedOut_IsLeftOutUncounted(string history, string expected) =>
        AssertRepaired(history, expected, HistoryRepair.None);

    [Theory]
    [InlineData("U hi | A see, ask1", "U hi | A see, call1 | T cut1")]
    [InlineData("U hi | A ask1 | U something else", "U hi | A call1 | T cut1 | U something else")]
    [InlineData("A ask1 | U yes1", "A call1 | T cut1")]
    [InlineData("A ask1 | U yes1 | A call1 | U hi", "A call1 | T cut1 | U hi")]
    [InlineData("A ask1 | A ask1 | U yes1 | A call1 | T result1", "A call1 | T cut1 | A call1 | T result1")]
    public void Repair_ApprovalThatWasNotCarriedOut_IsInterrupted(string history, string expected) => AssertRepaired(history, expected, Unanswered);

    [Fact]
    public void Repair_RefusalThatTheModelWasNotTold_IsTold() =>
        AssertRepaired("A ask1 | U no1 | U hi", "A call1 | T result1 | U hi", new HistoryRepair { UnansweredApprovalCount = 1 });

    [Theory]
    [InlineData("U hi | A ask1", "U yes1", "U hi | A ask1")]
    [InlineData("A ask1 | U wait | A fine", "U no1", "A ask1 | U wait | A fine")]
    [InlineData("A ask1, ask2 | U yes1", "U yes2", "A ask1, ask2 | U yes1")]
    [InlineData("A call3, ask1, ask2 | T cut3 | U yes1", "U yes2", "A call3, ask1, ask2 | T cut3 | U yes1")]
    [InlineData("A ask1 | U yes1", "U no1", "A ask1")]
    [InlineData("A ask1 | U yes1 | A call1 | T result1", "U yes1", "A call1 | T result1")]
    [InlineData("A hostedask1, input2", "U hostedyes1, reply2", "A hostedask1, input2")]
    public void Repair_ApprovalInTheNewMessages_LeavesTheRequestOpen(string history, string newMessages, string expected) =>
        AssertRepaired(history, expected, HistoryRepair.None, newMessages);

    [Theory]
    [InlineData("A ask1, ask2", "U yes2", "A call1, ask2 | T cut1")]
    [InlineData("A ask1, ask2 | U yes1 | U hi | A hello", "U yes2", "A call1, ask2 | T cut1 | U hi | A hello")]
    [InlineData("A ask1 | A ask1", "U yes1", "A call1 | T cut1 | A ask1")]
    [InlineData("A ask1", "A ask1 | U yes1", "A call1 | T cut1")]
    public void Repair_NewMessagesAnswerAnotherApproval_InterruptsTheRest(string history, string newMessages, string expected) =>
        AssertRepaired(history, expected, Unanswered, newMessages);

    [Fact]
    public void Repair_TwoRequestsWithOneId_KeepsTheLast()
    {
        var history = HistoryNotation.Parse("A ask1 | A see");
        history[1].Contents.Add(new ToolApprovalRequestContent("ask-1", HistoryNotation.Call("2")));

        var (repaired, repair) = Repair(history, "U yes1, yes2");

        Assert.Equal("A call1 | T cut1 | A see, ask2", HistoryNotation.Format(repaired));
        Assert.Equal(Unanswered, repair);
    }

    [Fact]
    public void Repair_ResultOfARequestInTheNewMessages_PutsTheCallInItsPlace() =>
        AssertRepaired("U hi | A ask1", "U hi | A call1", HistoryRepair.None, "T result1");

    [Theory]
    [InlineData("U yes1 | A hello", "A hello")]
    [InlineData("U yes1, hi | A hello", "U hi | A hello")]
    [InlineData("A ask1 | U yes1 | U yes1 | A call1 | T result1", "A call1 | T result1")]
    [InlineData("A hi | U hostedyes1", "A hi")]
    [InlineData("A hi | U reply1", "A hi")]
    public void Repair_AnswerWithoutARequest_IsLeftOut(string history, string expected) =>
        AssertRepaired(history, expected, new HistoryRepair { OrphanApprovalCount = 1 });

    [Theory]
    [InlineData("U hi | A see, hostedask1 | U fine", "U hi | A see | U fine")]
    [InlineData("U hi | A input1 | U fine", "U hi | U fine")]
    public void Repair_OtherRequestThatNobodyAnswered_IsLeftOut(string history, string expected) =>
        AssertRepaired(history, expected, new HistoryRepair { UnansweredApprovalCount = 1 });

    [Fact]
    public void Repair_ChangedMessage_KeepsAllButItsContents()
    {
        var message = new ChatMessage(ChatRole.Assistant, [new TextContent("see"), new FunctionResultContent("9", "lost")])
        {
            AuthorName = "support", MessageId = "m", CreatedAt = DateTimeOffset.UnixEpoch, AdditionalProperties = new() { ["a"] = 1 }, RawRepresentation = new object(),
        };

        var changed = Assert.Single(Repair([message]).Messages);

        Assert.Equal(("support", "m", DateTimeOffset.UnixEpoch, 1), (changed.AuthorName, changed.MessageId, changed.CreatedAt, changed.AdditionalProperties?["a"]));
        Assert.Null(changed.RawRepresentation);
        Assert.Equal(2, message.Contents.Count);
        Assert.NotNull(message.RawRepresentation);
    }

    [Fact]
    public void Repair_ManyFaults_CountsEach() =>
        AssertRepaired(
            "T result9 | U yes8 | A call1 | U a | T result1 | A call2, call3 | U b | A ask4",
            "A call1 | T result1 | U a | A call2, call3 | T cut2, cut3 | U b | A call4 | T cut4",
            new HistoryRepair { InterruptedCallCount = 3, OrphanResultCount = 1, MovedResultCount = 1, UnansweredApprovalCount = 1, OrphanApprovalCount = 1 });

    private static void AssertRepaired(string history, string expected, HistoryRepair repair, string newMessages = "")
    {
        var actual = Repair(HistoryNotation.Parse(history), newMessages);

        Assert.Equal(expected, HistoryNotation.Format(actual.Messages));
        Assert.Equal(repair, actual.Repair);
    }

    private static (List<ChatMessage> Messages, HistoryRepair Repair) Repair(List<ChatMessage> history, string newMessages = "") =>
        Histories.Repair(history, HistoryNotation.Parse(newMessages));
}
