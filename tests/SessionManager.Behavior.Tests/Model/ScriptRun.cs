using System.Collections.Concurrent;
using Microsoft.Extensions.AI;

namespace SessionManager.Behavior.Model;

/// <summary>
/// Does what a script says, and compares what becomes of it with the story.
/// </summary>
internal sealed class ScriptRun
{
    private readonly Func<IServiceProvider> _startProcess;
    private readonly Names _names = new();
    private readonly Story _story = new();
    private readonly Client _client;
    private readonly Queue<ScriptedAnswer> _answers = new();
    private readonly ConcurrentDictionary<int, int> _toolRuns = new();
    private readonly StoryCheck _check;
    private readonly List<string> _done = [];
    private ConversationOptions _options;
    private Conversation _plain = null!;
    private Conversation _streaming = null!;

    private ScriptRun(Wiring wiring, Func<IServiceProvider> startProcess, Script script)
    {
        (_startProcess, _client, _check) = (startProcess, new Client(script, _names), new StoryCheck(_story, storesApprovals: wiring != Wiring.AgentPerModelCall));
        _options = new ConversationOptions
        {
            Wiring = wiring,
            IsStreaming = false,
            SessionId = DatabaseFixture.NewSessionId(),
            Model = new ScriptedModel(_ => _answers.TryDequeue(out var answer) ? answer : throw new InvalidOperationException("The model is called once more.")),
            Tools = [CreateTool("pay"), CreateTool("look"), ScriptedPipeline.Tool(Names.ClientTool).AsDeclarationOnly()],
        };
        if (script.HasApproval)
        {
            _options = _options with { Tools = [.. _options.Tools, new ApprovalRequiredAIFunction(CreateTool(Names.ApprovedTool))] };
        }

        Start(maxMessages: 0);
    }

    /// <returns>What was wrong, or null.</returns>
    public static async Task<Exception?> RunAsync(Wiring wiring, Func<IServiceProvider> startProcess, Script script)
    {
        var run = new ScriptRun(wiring, startProcess, script);
        var number = 0;
        try
        {
            foreach (var step in script.Steps)
            {
                number++;
                await run.DoAsync(step);
            }

            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new InvalidOperationException($"  as in\n{string.Join('\n', run._done)}\nStep {number}: {e.Message}", e);
        }
    }

    private async Task DoAsync(Step step)
    {
        if (step.Restarts)
        {
            Start(step.MaxMessages);
        }

        var request = _client.Ask(step, out var intent);
        _done.Add($"    [{string.Join(", ", request.Select(static said => said.StoryText))}] {(intent is Intent.Retry or Intent.Edit ? intent : "")}");
        var isRefused = request[^1].Approval is { } approval && _story.HasApproval(approval.ToolCall.CallId) && _story.IsAnswered;
        var approved = request[^1].Approval is { } && !isRefused && request[^1].StoryLine is null;
        if (isRefused)
        {
            var count = _options.Model.Requests.Count;
            await Assert.ThrowsAsync<RequestAnsweredException>(() => (step.IsStreamed ? _streaming : _plain).SendAsync([.. request.Select(_client.ToMessage)]));
            Assert.Equal(count, _options.Model.Requests.Count);
            _check.Stored(await _plain.ListMessagesAsync());
            return;
        }

        if (step.Outcome == Outcome.Cut && (step.Turn == Turn.Approval || request[^1].Approval is not null))
        {
            // Who asks for approval is function invocation, and what it streams has no fixed order.
            step = step with { Outcome = Outcome.Lost, IsStreamed = true };
        }

        Receive(request, intent);
        var plan = new PlannedStep(step, Plan.Create(step.Turn, _names));
        _answers.Clear();
        foreach (var answer in plan.Answers)
        {
            _answers.Enqueue(answer);
        }

        var requestCount = _options.Model.Requests.Count;
        var response = await SendAsync(plan, [.. request.Select(_client.ToMessage)]);

        _check.Sent([.. _options.Model.Requests.Skip(requestCount)], plan.Updates, plan.CallCount, _options.Window?.MaxMessages);
        _story.End(plan.Outcome is Outcome.Answered or Outcome.Lost);
        var stored = await _plain.ListMessagesAsync();
        _check.Stored(stored);
        _check.ToolRuns(_toolRuns);
        if (plan.Outcome is Outcome.Answered or Outcome.Lost)
        {
            StoryCheck.Listed(await _plain.GetInfoAsync(), stored);
        }

        if (response is not null && !approved)
        {
            StoryCheck.Response(response, stored, plan.Updates, line => HasStoredId(line, plan));
        }

        if (plan.Outcome == Outcome.Answered)
        {
            _client.Answered(response!);
        }
        else if (plan.Outcome == Outcome.Cut || (plan.Outcome == Outcome.Failed && plan.IsStreamed))
        {
            _client.Saw(plan.SeenMessages);
        }
    }

    private void Receive(List<Said> request, Intent intent)
    {
        if (intent == Intent.Edit)
        {
            request[^1].StoryLine = _story.Edit(request[^1].StoryLine!, request[^1].Text);
        }

        List<Said> unknown = _client.ShowsWhatIsNew(request)
            ? [.. request.Where(static said => said.IsOfClient && said.StoryLine is null)]
            : [.. request.Skip(_story.CountUnanswered([.. request.Select(static said => said.StoryText)]))];

        // Results say by themselves what they answer.
        unknown.RemoveAll(said => said.AnsweredCall is { } call && _story.HasResult(call));
        unknown.RemoveAll(said => said.Approval is { } approval && _story.HasApproval(approval.ToolCall.CallId));
        foreach (var said in unknown)
        {
            said.StoryLine = said.Approval is { } response ? _story.AddApproval(response) : said.AnsweredCall is { } callId ? _story.AddResult(callId) : _story.AddUser(said.Text);
        }

        if (unknown.Count == 0 && intent != Intent.Edit)
        {
            _story.AskAgain();
        }
    }

    private async Task<ChatResponse?> SendAsync(PlannedStep plan, ChatMessage[] messages)
    {
        if (plan.Outcome == Outcome.Cut)
        {
            await StopAsync(_streaming.StreamAsync(messages), plan.Updates.Sum(static update => update.Contents.Length));
            return null;
        }

        try
        {
            var response = await (plan.IsStreamed ? _streaming : _plain).SendAsync(messages);
            return plan.Outcome == Outcome.Failed ? throw new InvalidOperationException("The failure of the model did not reach the client.") : response;
        }
        catch (ModelFailedException) when (plan.Outcome == Outcome.Failed)
        {
            return null;
        }
    }

    // Function invocation further out streams results under an id of its own. They are known by the call.
    private bool HasStoredId(string line, PlannedStep plan) =>
        _options.Wiring != Wiring.Inside || !plan.IsStreamed || !line.StartsWith("tool: ", StringComparison.Ordinal);

    private static async Task StopAsync(IAsyncEnumerable<ChatResponseUpdate> updates, int contentCount)
    {
        await foreach (var update in updates)
        {
            contentCount -= update.Contents.Count;
            if (contentCount <= 0)
            {
                return;
            }
        }
    }

    private void Start(int maxMessages)
    {
        var services = _startProcess();
        _options = _options with { Window = maxMessages > 0 ? new HistoryWindow { MaxMessages = maxMessages } : null };
        _plain = Conversation.Start(services, _options);
        _streaming = Conversation.Start(services, _options with { IsStreaming = true });
    }

    private AIFunction CreateTool(string name) => AIFunctionFactory.Create(
        (int number) =>
        {
            _toolRuns.AddOrUpdate(number, 1, static (_, count) => count + 1);
            return $"r{number}";
        },
        name);
}
