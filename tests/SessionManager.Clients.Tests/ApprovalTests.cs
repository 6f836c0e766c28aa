using Microsoft.Extensions.AI;
using SessionManager.Clients.Lines;

namespace SessionManager.Clients;

public sealed class ApprovalTests : ClientTest
{
    public static TheoryData<string, bool, bool, bool> Wirings =>
        [.. from name in ProviderLine.Names from isInside in Both from isStreaming in Both from isRestarted in Both select (name, isInside, isStreaming, isRestarted)];

    private static AITool Tool => new ApprovalRequiredAIFunction(new FixedTool("sent"));

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task Ask_Approved_TheProviderGetsCallAndResultAlone(string name, bool isInside, bool isStreaming, bool isRestarted)
    {
        using var line = ProviderLine.Open(name);

        await AnswerAsync(line, isInside, isStreaming, isRestarted, approved: true);

        Assert.Contains("sent", line.Handler.Requests[^1].Messages[2], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task Ask_Rejected_TheProviderGetsCallAndResultAlone(string name, bool isInside, bool isStreaming, bool isRestarted)
    {
        using var line = ProviderLine.Open(name);

        await AnswerAsync(line, isInside, isStreaming, isRestarted, approved: false);

        Assert.DoesNotContain("sent", line.Handler.Requests[^1].Messages[2], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wirings))]
    public async Task Ask_SomethingElseInsteadOfAnAnswer_IsTaken(string name, bool isInside, bool isStreaming, bool isRestarted)
    {
        using var line = ProviderLine.Open(name);
        line.Handler.Add(new WireAnswer(Call("call_1")), "Fine.", "Bye.");
        var client = line.Build(Services, isInside, options => options.AllowUnguardedApprovals = isInside);
        await client.AskAsync(isStreaming, "Send it", line.For(SessionId, Tool), Cancellation);
        client = isRestarted ? line.Build(Services, isInside, options => options.AllowUnguardedApprovals = isInside) : client;

        var answer = await client.AskAsync(isStreaming, "Rather not", line.For(SessionId, Tool), Cancellation);
        await client.AskAsync(isStreaming, "Thanks", line.For(SessionId, Tool), Cancellation);

        Assert.Equal("Fine.", answer.Text);
        Assert.Equal([1, 4, 6], line.Handler.Requests.Select(request => request.Messages.Count));
    }

    private async Task AnswerAsync(ProviderLine line, bool isInside, bool isStreaming, bool isRestarted, bool approved)
    {
        line.Handler.Add(new WireAnswer(Call("call_1")), "Done.", "Bye.");
        var client = line.Build(Services, isInside, options => options.AllowUnguardedApprovals = isInside);
        var asked = await client.AskAsync(isStreaming, "Send it", line.For(SessionId, Tool), Cancellation);
        var request = Assert.Single(asked.Messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>());
        client = isRestarted ? line.Build(Services, isInside, options => options.AllowUnguardedApprovals = isInside) : client;

        ChatMessage response = new(ChatRole.User, [request.CreateResponse(approved)]);
        var answer = await client.AskAsync(isStreaming, [response], line.For(SessionId, Tool), Cancellation);
        await client.AskAsync(isStreaming, "Thanks", line.For(SessionId, Tool), Cancellation);

        Assert.Equal("Done.", answer.Messages[^1].Text);
        Assert.True(line.Handler.Requests[1].Messages.Count == 3, string.Join('\n', line.Handler.Requests[1].Messages));
        Assert.Equal(5, line.Handler.Requests[2].Messages.Count);
    }
}
