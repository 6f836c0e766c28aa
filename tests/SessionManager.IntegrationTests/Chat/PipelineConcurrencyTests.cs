using Microsoft.Extensions.AI;
using SessionManager.Testing.Models;

namespace SessionManager.IntegrationTests.Chat;

/// <summary>
/// One client for many sessions and many runs at once.
/// </summary>
public sealed class PipelineConcurrencyTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_ManySessionsAtOnce_KeepsThemApart(bool isInside)
    {
        var model = new ScriptedModel(Answer);
        var client = model.Build(database.Services, isInside);
        string[] sessionIds = [.. Enumerable.Range(0, 20).Select(_ => DatabaseFixture.NewSessionId())];

        await Task.WhenAll(sessionIds.Select(async (sessionId, i) =>
        {
            await client.AskAsync(isStreaming: i % 2 == 0, $"{i}", ScriptedPipeline.For(sessionId, ScriptedPipeline.Tool("orders")), Cancellation);
            await client.AskAsync(isStreaming: i % 3 == 0, $"{i}", ScriptedPipeline.For(sessionId, ScriptedPipeline.Tool("orders")), Cancellation);
        }));

        for (var i = 0; i < sessionIds.Length; i++)
        {
            var turn = GetTurn(i);
            Assert.Equal([.. turn, .. turn], (await ListAsync(sessionIds[i])).Select(ScriptedRequest.Show));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_ManyRunsInOneSessionAtOnce_LosesAndRepeatsNothing(bool isInside)
    {
        var model = new ScriptedModel(Answer);
        var client = model.Build(database.Services, isInside);
        var sessionId = DatabaseFixture.NewSessionId();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => client.AskAsync(
            isStreaming: i % 2 == 0, $"{i}", ScriptedPipeline.For(sessionId, ScriptedPipeline.Tool("orders")), Cancellation)));
        await client.AskAsync(isStreaming: false, "9", ScriptedPipeline.For(sessionId, ScriptedPipeline.Tool("orders")), Cancellation);

        var stored = await ListAsync(sessionId);
        var lines = stored.Select(ScriptedRequest.Show).ToList();
        Assert.Equal(Enumerable.Range(0, 8).Append(9).SelectMany(GetTurn).Order(), lines.Order());
        Assert.All(Enumerable.Range(0, 8), i => Assert.Equal(GetTurn(i), lines.Where(line => line.Contains($" {i}", StringComparison.Ordinal))));

        // Whatever came in between, each call and its result were next to each other when the model saw them.
        Assert.All(model.Requests, request => AssertPaired(request.Messages));
    }

    // Calls a tool with the user's number, and tells the number when the result comes.
    private static ScriptedAnswer Answer(ScriptedRequest request)
    {
        var last = request.Messages[^1];
        return last.Role == ChatRole.Tool
            ? $"Done with {last.Contents.OfType<FunctionResultContent>().Single().Result!.ToString()!.Split(' ')[1]}"
            : new ScriptedAnswer(new TextContent($"{last.Text}"), ScriptedModel.Call("orders", ("number", last.Text)));
    }

    private static string[] GetTurn(int i) => [$"user: {i}", $"assistant: {i} | call orders", $"tool: result orders {i}", $"assistant: Done with {i}"];

    private static void AssertPaired(IReadOnlyList<ChatMessage> messages)
    {
        for (var i = 0; i < messages.Count; i++)
        {
            var calls = messages[i].Contents.OfType<FunctionCallContent>().Select(call => call.CallId);
            var results = i + 1 < messages.Count ? messages[i + 1].Contents.OfType<FunctionResultContent>().Select(result => result.CallId) : [];
            Assert.Equal(calls, results);
        }
    }

    private async Task<IReadOnlyList<ChatMessage>> ListAsync(string sessionId)
    {
        await using var session = database.Factory.Create(sessionId);
        var stored = await session.ListMessagesAsync(ScriptedPipeline.AgentId, cancellationToken: Cancellation);
        Assert.Equal(Enumerable.Range(0, stored.Count), stored.Select(message => message.Position));
        return [.. stored.Select(message => message.Message)];
    }
}
