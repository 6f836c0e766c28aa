using Microsoft.Extensions.AI;
using SessionManager.Clients.Lines;

namespace SessionManager.Clients;

/// <summary>
/// A provider reads from its cache what it has been sent before, and only from the beginning up to the first byte that differs.
/// </summary>
public sealed class PromptCacheTests : ClientTest
{
    public static TheoryData<string, string, bool, bool, bool> Cases =>
    [
        .. from one in PromptCase.All.Values
           from name in ProviderLine.Names
           where one.Provider is null || one.Provider == name
           from isInside in Both
           from isStreaming in Both
           from isRestarted in Both
           select (name, one.Name, isInside, isStreaming, isRestarted),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Ask_NextTurn_BeginsWithTheRequestBefore(string name, string caseName, bool isInside, bool isStreaming, bool isRestarted)
    {
        var one = PromptCase.All[caseName];
        using var line = ProviderLine.Open(name);
        line.Handler.Add([.. one.Calls(line), one.Answer(line), "That is all.", "Bye."]);
        var client = line.Build(Services, isInside);

        ChatMessage question = new(ChatRole.User, [.. one.Question]) { AuthorName = one.AuthorName };
        foreach (var message in new[] { question, new(ChatRole.User, "And?"), new(ChatRole.User, "Thanks") })
        {
            await client.AskAsync(isStreaming, [message], line.For(SessionId, one.Tool), Cancellation);
            if (isRestarted)
            {
                // A pipeline that knows nothing but what is stored.
                client = line.Build(Services, isInside);
            }
        }

        Assert.Equal(one.Calls(line).Count() + 3, line.Handler.Requests.Count);
        for (var i = 1; i < line.Handler.Requests.Count; i++)
        {
            AssertBeginsWith(line.Handler.Requests[i - 1].Messages, line.Handler.Requests[i].Messages, i + 1);
        }
    }

    private static void AssertBeginsWith(IReadOnlyList<string> before, IReadOnlyList<string> after, int number)
    {
        for (var i = 0; i < before.Count; i++)
        {
            Assert.True(
                i < after.Count && before[i] == after[i],
                $"Message {i} of request {number} differs.\nbefore: {before[i]}\nnow:    {(i < after.Count ? after[i] : "none")}");
        }
    }
}
