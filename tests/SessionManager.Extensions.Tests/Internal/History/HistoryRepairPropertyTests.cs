using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.AI;
using SessionManager.Internal.Shared;
using SessionManager.Testing.Providers;

namespace SessionManager.Internal.History;

public sealed class HistoryRepairPropertyTests
{
    [Fact]
    public void Repair_AnyHistory_IsValidBeforeTheNewMessages() => ForAll((history, newMessages) =>
        HistoryChecker.AssertValid([.. Histories.Repair(history, newMessages).Messages, .. newMessages]));

    [Fact]
    public void Repair_RepairedHistory_IsTheSameMessages() => ForAll((history, newMessages) =>
    {
        var once = Histories.Repair(history, newMessages).Messages;

        var (twice, repair) = Histories.Repair(once, newMessages);

        Assert.Equal(once, twice, ReferenceEqualityComparer.Instance);
        Assert.True(repair.IsEmpty, repair.ToString());
    });

    [Fact]
    public void Repair_AnyHistory_ChangesNoMessageOfIt() => ForAll((history, newMessages) =>
    {
        var before = history.Select(message => (message, message.Role, message.Contents, Copy: message.Contents.ToList())).ToList();

        Histories.Repair(history, newMessages);

        Assert.All(before, was =>
        {
            Assert.Equal(was.Role, was.message.Role);
            Assert.Same(was.Contents, was.message.Contents);
            Assert.Equal(was.Copy, was.message.Contents, ReferenceEqualityComparer.Instance);
        });
    });

    [Fact]
    public void Repair_AnyHistory_CountsWhatItDoes() => ForAll((history, newMessages) =>
    {
        var (repaired, repair) = Histories.Repair(history, newMessages);

        var before = history.SelectMany(message => message.Contents).ToList();
        var after = repaired.SelectMany(message => message.Contents).ToList();
        Assert.Equal(repair.InterruptedCallCount, after.OfType<FunctionResultContent>().Count(result => CallRepair.OutcomeUnknown.Equals(result.Result)));
        Assert.Equal(before.OfType<FunctionResultContent>().Count() - repair.OrphanResultCount + repair.InterruptedCallCount, after.OfType<FunctionResultContent>().Count(result => !IsRefusal(result)));
        Assert.Equal(before.OfType<TextContent>(), after.OfType<TextContent>(), ReferenceEqualityComparer.Instance);
        Assert.Superset(before.OfType<FunctionCallContent>().ToHashSet(), after.OfType<FunctionCallContent>().ToHashSet());
        if (repair.IsEmpty)
        {
            Assert.Equal(before.Where(IsNoApproval), after.Where(content => IsNoApproval(content) && before.Contains(content)), ReferenceEqualityComparer.Instance);
        }
    });

    private static bool IsRefusal(FunctionResultContent result) => result.Result is string text && text.StartsWith("Tool call invocation was rejected", StringComparison.Ordinal);

    [Fact]
    public void Repair_AnyHistory_KeepsTheOrderOfWhatItIsMadeOf() => ForAll((history, newMessages) =>
    {
        var indices = HistoryRepairer.Repair(Histories.Index(history), newMessages).Messages
            .Where(message => !message.Contents.Any(content => content is FunctionCallContent)) // A call may be moved to the end.
            .Select(message => message.Index)
            .ToList();

        Assert.Equal(indices.Order(), indices);
        Assert.All(indices, index => Assert.InRange(index, 0, history.Count - 1));
    });

    [Fact]
    public void Repair_ValidHistory_IsTheSameMessages() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(500),
        Prop.ForAll(HistoryGenerators.Valid.ToArbitrary(), history =>
        {
            var (repaired, repair) = Histories.Repair(history, []);

            Assert.Equal(history, repaired, ReferenceEqualityComparer.Instance);
            Assert.True(repair.IsEmpty, repair.ToString());
        }));

    [Fact]
    public void Repair_ValidHistoryInAnyForm_CountsNothing() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(500),
        Prop.ForAll(HistoryGenerators.ValidInAnyForm.ToArbitrary(), history =>
        {
            var (repaired, repair) = Histories.Repair(history, []);

            HistoryChecker.AssertValid(repaired);
            Assert.True(repair.IsEmpty, repair.ToString());
        }));

    [Fact]
    public void Repair_AnyHistory_IsTakenByFunctionInvokingChatClient() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(500),
        Prop.ForAll(HistoryGenerators.BrokenAndNew.ToArbitrary(), async example =>
        {
            var runCount = 0;
            var tool = AIFunctionFactory.Create((int x) => { runCount += x; return "ran"; }, "tool");
            using var model = new CheckingChatClient();
            using var client = new FunctionInvokingChatClient(model);

            List<ChatMessage> messages = [.. Histories.Repair(example.History, example.NewMessages).Messages, .. example.NewMessages];

            // Where nobody has said anything, there is nothing that a model could be sent.
            if (messages.TrueForAll(static message => message.Role == ChatRole.System))
            {
                return;
            }

            await client.GetResponseAsync(messages, new ChatOptions { Tools = [new ApprovalRequiredAIFunction(tool)] });

            Assert.Equal(1, model.CallCount);

            // What was approved before runs too, if it was waiting for the answer that comes only now.
            Assert.True(
                runCount == 0 || (FindAnswers(example.NewMessages).Any() && FindAnswers(messages).Any(answer => answer.Approved)),
                HistoryNotation.Format(messages));
        }));

    private static IEnumerable<ToolApprovalResponseContent> FindAnswers(IEnumerable<ChatMessage> messages) =>
        messages.SelectMany(message => message.Contents).OfType<ToolApprovalResponseContent>();

    private static bool IsNoApproval(AIContent content) => content is not (ToolApprovalRequestContent or ToolApprovalResponseContent);

    private static void ForAll(Action<List<ChatMessage>, List<ChatMessage>> assert) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(1000),
        Prop.ForAll(HistoryGenerators.BrokenAndNew.ToArbitrary(), example =>
        {
            try
            {
                assert(example.History, example.NewMessages);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException(
                    $"{HistoryNotation.Format(example.History)}   +   {HistoryNotation.Format(example.NewMessages)}   =   "
                    + HistoryNotation.Format(Histories.Repair(example.History, example.NewMessages).Messages), e);
            }
        }));

    /// <summary>
    /// A model that is as strict as providers are.
    /// </summary>
    private sealed class CheckingChatClient : IChatClient
    {
        public int CallCount { get; private set; }

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            CallCount++;
            HistoryChecker.AssertValid([.. messages]);
            if (messages.Any())
            {
                // A history of which repair leaves nothing, and nothing new: no request that anybody makes. How it begins is
                // the generator's doing.
                ProviderRules.ThrowIfRefused([.. messages], options, beginsWithUser: false);
            }

            return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "done")));
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
