using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SessionManager;

// The code of the README. ReadmeTests compares the two.
internal static class ReadmeExamples
{
    public static void Register(HostApplicationBuilder builder)
    {
        // snippet: register
        builder.Services.AddMongoSessionManager(options =>
        {
            options.ConnectionString = "mongodb://localhost:27017";
            options.DatabaseName = "chat";
        });
        // endsnippet
    }

    public static void RegisterOwner(HostApplicationBuilder builder)
    {
        // snippet: owner
        builder.Services
            .AddMongoSessionManager(builder.Configuration.GetSection("SessionManager"))
            .AddSessionOwner(services => services.GetRequiredService<ICurrentUser>().Name is { } name
                ? new SessionOwner { Tenant = "acme", User = name }
                : null); // nobody is signed in: no session is made
        // endsnippet
    }

    public static void UsePipeline(HostApplicationBuilder builder, IChatClient model)
    {
        // snippet: pipeline
        builder.Services.AddChatClient(model).UseSessionManager("support").UseFunctionInvocation();
        // endsnippet
    }

    public static async Task<string> AskAsync(IChatClient client, CancellationToken cancellationToken)
    {
        // snippet: ask
        var options = new ChatOptions { ConversationId = "customer-42", Instructions = "You help customers." };
        var answer = await client.GetResponseAsync("Where is my order?", options, cancellationToken); // or GetStreamingResponseAsync
        // endsnippet

        return answer.Text;
    }

    public static async Task<string> AskAgainAsync(IChatClient client, ChatOptions options, CancellationToken cancellationToken)
    {
        // snippet: regenerate
        options.With(new SessionRequest { RewindTo = 1, WhenBusy = WhenBusy.TakeOver }); // without the messages from position 1 on
        var another = await client.GetResponseAsync([], options, cancellationToken);
        // endsnippet

        return another.Text;
    }

    public static void UseWindow(HostApplicationBuilder builder, IChatClient model)
    {
        // snippet: window
        builder.Services.AddChatClient(model).UseSessionManager("support", session => session.Window = new HistoryWindow
        {
            MaxMessages = 40, // then the oldest turns go, until 30 messages are left
            Reducer = new SummarizingChatReducer(model, targetCount: 10, threshold: 20),
        });
        // endsnippet
    }

    public static void RegisterHooks(HostApplicationBuilder builder)
    {
        // snippet: hooks
        builder.Services
            .AddMongoSessionManager(builder.Configuration.GetSection("SessionManager"))
            .AddMetadataHook<TenantHook>()
            .AddMetadataValidation<CustomerMetadata>() // by its DataAnnotations
            .AddAuditLogging()
            .AddWebhook(webhook =>
            {
                webhook.Url = new Uri("https://example.com/sessions");
                webhook.Secret = builder.Configuration["WebhookSecret"];
            });
        // endsnippet
    }

    public static void RegisterInMemory(HostApplicationBuilder builder)
    {
        // snippet: memory
        builder.Services.AddInMemorySessionManager();
        // endsnippet
    }

    public static async Task<object?[]> UseMetadataAsync(ISessionManager session)
    {
        // snippet: metadata
        await session.UpdateMetadataAsync(new Dictionary<string, object?>
        {
            ["priority"] = "high",
            ["customer.tier"] = "gold", // a nested field
        });
        var metadata = await session.GetMetadataAsync(["customer.tier"]);
        var customer = await session.GetMetadataAsync<CustomerMetadata>();
        await session.DeleteMetadataAsync(["priority"]);
        var visits = await session.IncrementMetadataAsync("visits"); // each is counted, however many come at once
        var feedback = await session.AddFeedbackAsync(new Feedback { UserId = "u-7", Rating = FeedbackRating.Up, AgentId = "support", Position = 1 });
        await session.DeleteFeedbackAsync(feedback!.Id!); // or add again as the same user, to change it
        await session.SetPromptMetadataAsync("support", new Dictionary<string, object?> { ["prompt_id"] = "p-7", ["temperature"] = 0.7 });
        var usage = await session.GetUsageAsync(); // tokens and times by agent and model

        var options = new ChatOptions { Tools = [session.GetMetadataTool(new MetadataToolOptions { WritableKeys = ["preferences"] })] };
        // endsnippet
        return [metadata, customer, usage, options, visits];
    }

    // snippet: use
    public sealed class SupportService(ISessionManagerFactory sessions, IChatClient model)
    {
        public async Task<string> AnswerAsync(string sessionId, string text, CancellationToken cancellationToken)
        {
            await using var session = sessions.Create(sessionId);
            var agent = new SessionAgent("support") { Model = "gpt-5", SystemPrompt = "You help customers." };
            await session.InitializeAsync(agent, cancellationToken); // the history and state of earlier processes

            var question = new ChatMessage(ChatRole.User, text);
            agent.Messages.Add(question);
            await session.AppendMessageAsync(question, agent, cancellationToken);

            var start = Stopwatch.GetTimestamp();
            var response = await model.GetResponseAsync(agent.Messages, cancellationToken: cancellationToken);
            agent.Metrics.AddModelCall(response.Usage, Stopwatch.GetElapsedTime(start));
            await session.AppendMessagesAsync([.. response.Messages], agent, cancellationToken); // what the call cost goes along

            agent.State["turns"] = (agent.State["turns"]?.GetValue<int>() ?? 0) + 1;
            await session.SyncAgentAsync(agent, cancellationToken); // only what has changed
            return response.Text;
        }
    }
    // endsnippet

    // snippet: hook
    public sealed class TenantHook(ICurrentTenant tenant) : IMetadataHook
    {
        public ValueTask<MetadataHookResult> InvokeAsync(MetadataHookContext context, MetadataHookNext next)
        {
            if (context.Action is not (MetadataAction.Create or MetadataAction.Update))
            {
                return next(context);
            }

            var metadata = new Dictionary<string, object?>(context.Metadata!) { ["tenant"] = tenant.Name };
            return next(context with { Metadata = metadata });
        }
    }
    // endsnippet

    public interface ICurrentUser
    {
        string? Name { get; }
    }

    public interface ICurrentTenant
    {
        string Name { get; }
    }

    public sealed record CustomerMetadata
    {
        [AllowedValues("low", "high")]
        public string? Priority { get; init; }
    }
}
