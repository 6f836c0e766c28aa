using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SessionManager.Internal.Titles;

public sealed class SessionTitlesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CompleteAsync_SessionWithoutTitle_GetsACleanOne()
    {
        var model = new TitleModel(_ => "Sure!\n\"The lost\torder\"\n");
        using var host = await StartAsync(model);

        await RunAsync(host, "customer-42");
        await WaitForTitleAsync(host, "customer-42");

        var info = await GetInfoAsync(host, "customer-42");
        Assert.Equal(("The lost order", true), (info.Title, info.IsTitleGenerated));
        Assert.Null(model.Options!.ConversationId);
        Assert.Contains("Where is my order?", model.Asked, StringComparison.Ordinal);
        Assert.Contains("On its way.", model.Asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompleteAsync_TitleOfAPerson_NoModelIsAsked()
    {
        var model = new TitleModel(_ => "Other");
        using var host = await StartAsync(model);
        await using var session = Open(host, "one");
        await session.CreateSessionAsync(Cancellation);
        await session.SetTitleAsync("Mine", Cancellation);

        await RunAsync(host, "one");
        await RunAsync(host, "two");
        await WaitForTitleAsync(host, "two");

        Assert.Equal("Mine", (await GetInfoAsync(host, "one")).Title);
        Assert.Equal(1, model.Count);
    }

    [Fact]
    public async Task CompleteAsync_PersonIsFasterThanTheModel_KeepsThePersons()
    {
        IHost? host = null;
        var model = new TitleModel(count =>
        {
            if (count == 1)
            {
                Open(host!, "one").SetTitleAsync("Mine", Cancellation).GetAwaiter().GetResult();
            }

            return "Other";
        });
        using var started = host = await StartAsync(model, options => options.Workers = 1);

        await RunAsync(host, "one");
        await RunAsync(host, "two");
        await WaitForTitleAsync(host, "two");

        Assert.Equal("Mine", (await GetInfoAsync(host, "one")).Title);
    }

    [Fact]
    public async Task CompleteAsync_ModelFails_IsAskedAgain()
    {
        var model = new TitleModel(static count => count == 1 ? throw new InvalidOperationException() : count == 2 ? " \"\" " : "Third");
        using var host = await StartAsync(model);

        await RunAsync(host, "one");
        await WaitForTitleAsync(host, "one");

        Assert.Equal(("Third", 3), ((await GetInfoAsync(host, "one")).Title, model.Count));
    }

    [Fact]
    public async Task StartAsync_OptionsOutOfRange_Fails()
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(new TitleModel(_ => ""), static options => (options.Workers, options.Instructions) = (0, "")));

        Assert.Equal(2, exception.Failures.Count());
    }

    private static async Task<IHost> StartAsync(TitleModel model, Action<SessionTitleOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddInMemorySessionManager().AddSessionTitles(_ => model, options =>
        {
            options.RetryDelay = TimeSpan.FromMilliseconds(1);
            configure?.Invoke(options);
        });
        var host = builder.Build();
        await host.StartAsync(Cancellation);
        return host;
    }

    private static async Task RunAsync(IHost host, string sessionId)
    {
        await using var session = Open(host, sessionId);
        var agent = new SessionAgent("support");
        await using var run = await session.StartRunAsync(agent, cancellationToken: Cancellation);
        await session.AppendMessagesAsync([new(ChatRole.User, "Where is my order?"), new(ChatRole.Assistant, "On its way.")], agent, Cancellation);
        await run.CompleteAsync(Cancellation);
    }

    private static ISessionManager Open(IHost host, string sessionId) => host.Services.GetRequiredService<ISessionManagerFactory>().Create(sessionId);

    private static async Task<SessionInfo> GetInfoAsync(IHost host, string sessionId)
    {
        await using var session = Open(host, sessionId);
        return (await session.GetSessionAsync(Cancellation))!;
    }

    // Titles come in the background; the test's own time limit ends a wait for one that never comes.
    private static async Task WaitForTitleAsync(IHost host, string sessionId)
    {
        while ((await GetInfoAsync(host, sessionId)).Title is null)
        {
            await Task.Delay(5, Cancellation);
        }
    }

    private sealed class TitleModel(Func<int, string> answer) : IChatClient
    {
        public int Count { get; private set; }

        public ChatOptions? Options { get; private set; }

        public string Asked { get; private set; } = "";

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            (Options, Asked) = (options, string.Concat(messages.Select(static message => message.Text)));
            return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, answer(++Count))));
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
