using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SessionManager.Testing.Models;

namespace SessionManager.Internal.Titles;

/// <summary>
/// Titles of sessions that pipelines keep, by a client that is itself such a pipeline.
/// </summary>
public sealed class TitledPipelineTests
{
    private static readonly SessionOwner Alice = new() { Tenant = "acme", User = "alice" };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<bool, bool, bool> Pipelines
    {
        get
        {
            var data = new TheoryData<bool, bool, bool>();
            foreach (var i in Enumerable.Range(0, 8))
            {
                data.Add((i & 1) > 0, (i & 2) > 0, (i & 4) > 0);
            }

            return data;
        }
    }

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(Pipelines))]
    public async Task Turns_OfAnyPipeline_GivesTheOwnersSessionATitleAndNothingElse(bool isInside, bool isStreaming, bool interleaves)
    {
        // The first turn of a new agent that interleaves ends without an update: its session is shown after the next one.
        var turns = interleaves ? 2 : 1;
        string[] answers = [.. Enumerable.Repeat("It is under way.", turns), "Order 4711"];
        var model = new ScriptedModel([.. answers.Select(static answer => (ScriptedAnswer)answer)]);
        IChatClient? client = null;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddInMemorySessionManager().AddSessionOwner(static _ => Alice).AddSessionTitles(_ => client!);
        using var host = builder.Build();
        client = model.Build(host.Services, isInside, options => options.WhenBusy = interleaves ? WhenBusy.Interleave : WhenBusy.Default);
        await host.StartAsync(Cancellation);

        for (var turn = 0; turn < turns; turn++)
        {
            await client.AskAsync(isStreaming, [new ChatMessage(ChatRole.User, $"Where is order 4711? ({turn})")], new ChatOptions { ConversationId = "s1" }, Cancellation);
        }

        await using var session = host.Services.GetRequiredService<ISessionManagerFactory>().Create("s1");
        SessionInfo info;
        while ((info = (await session.GetSessionAsync(Cancellation))!).Title is null)
        {
            await Task.Delay(5, Cancellation);
        }

        Assert.Equal(("Order 4711", true, "It is under way.", 2 * turns), (info.Title, info.IsTitleGenerated, info.Preview, info.MessageCount));
        Assert.Contains("Where is order 4711? (0)", string.Join('|', model.Requests[turns].Lines), StringComparison.Ordinal);
        // What is asked for a title is no session of anybody's.
        var catalog = host.Services.GetRequiredService<SessionCatalog>();
        Assert.Equal("s1", Assert.Single((await catalog.ListSessionsAsync(new SessionQuery { AllOwners = true }, Cancellation)).Sessions).SessionId);
        await host.StopAsync(Cancellation);
    }
}
