using Microsoft.Extensions.AI;

namespace SessionManager.Behavior;

/// <summary>
/// Answers of a type, from models that have to be told of it in words.
/// </summary>
public sealed class SchemaTests(Stores stores) : BehaviorTests(stores)
{
    private const string SchemaPrompt = "user: Respond with a JSON value";

    /// <summary>
    /// Gets the ways in which <c>GetResponseAsync&lt;T&gt;</c> is called, which does not stream.
    /// </summary>
    public static MatrixTheoryData<Wiring, bool> PipelineWays { get; } = new([Wiring.Inside, Wiring.Outside], [false, true]);

    [Theory]
    [MemberData(nameof(PipelineWays))]
    public async Task Case27_SchemaPrompt_IsSentAndNotStored(Wiring wiring, bool isInMemory)
    {
        AITool[] tools = [AIFunctionFactory.Create(() => "Rome", "locate")];
        List<string> expected = [];
        for (var turn = 1; turn <= 2; turn++)
        {
            var model = new ScriptedModel(new ScriptedAnswer(ScriptedModel.Call("locate")), """{"City":"Rome"}""");
            var process = Start(wiring, isStreaming: false, isInMemory, model);

            var response = await process.Client!.GetResponseAsync<Place>(
                $"Where {turn}?", ScriptedPipeline.For(SessionId, tools), useJsonSchemaResponseFormat: false, Cancellation);

            Assert.Equal("Rome", response.Result.City);
            expected.Add($"user: Where {turn}?");
            AssertRequest(expected, model.Requests[0]);
            expected.AddRange(["assistant: call locate", "tool: result Rome"]);
            AssertRequest(expected, model.Requests[1]);
            expected.Add("""assistant: {"City":"Rome"}""");
            Assert.Equal(expected, await process.ListAsync());
        }

        var next = Start(wiring, isStreaming: false, isInMemory, new ScriptedModel("You are welcome."));
        await next.SendAsync("Thanks.");
        Assert.Equal([.. expected, "user: Thanks."], next.Model.Requests[0].Lines);
    }

    private static void AssertRequest(IEnumerable<string> expected, ScriptedRequest request)
    {
        Assert.Equal(expected, request.Lines.Where(static line => !line.StartsWith(SchemaPrompt, StringComparison.Ordinal)));
        Assert.Single(request.Lines, static line => line.StartsWith(SchemaPrompt, StringComparison.Ordinal));
    }

    private sealed record Place(string City);
}
