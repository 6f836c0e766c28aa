using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SessionManager;

/// <summary>
/// The examples of the documentation, compiled and run.
/// </summary>
public sealed class HookExamplesTests
{
    [Fact]
    public async Task Examples_Registered_DoWhatTheySay()
    {
        var storage = new FakeSessionStorage();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        Register(builder.Services.AddFakeSessionManager(storage));
        using var host = builder.Build();
        await using var session = host.Services.CreateSession();

        await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["priority"] = 3 }, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<SessionValidationException>(() =>
            session.UpdateMetadataAsync(new Dictionary<string, object?> { ["priority"] = 9 }, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<SessionValidationException>(() =>
            session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Down }, TestContext.Current.CancellationToken));
        await session.DeleteMetadataAsync(["tenant"], TestContext.Current.CancellationToken);

        Assert.Equal(["update s1: priority=3"], storage.Operations);
    }

    private static void Register(ISessionManagerBuilder builder)
    {
        // snippet: hooks
        builder
            .AddAuditLogging()
            .AddMetadataHook<TenantIsFixed>()
            .AddMetadataValidation<Ticket>()
            .AddFeedbackValidation(validation =>
            {
                if (validation.Feedback is { Rating: FeedbackRating.Down, Comment: null })
                {
                    validation.AddError("comment", "Say what was wrong.");
                }
            })
            .AddWebhook(
                options =>
                {
                    options.Url = new Uri("https://example.com/sessions");
                    options.Secret = "at least 16 characters";
                },
                delivery => delivery.DeliveredFields = ["priority"]);
        // endsnippet
    }
}

// snippet: hook
public sealed class TenantIsFixed : IMetadataHook
{
    public ValueTask<MetadataHookResult> InvokeAsync(MetadataHookContext context, MetadataHookNext next) =>
        context is { Action: MetadataAction.Delete, Keys: { } keys } && keys.Contains("tenant")
            ? default // next is not called: nothing is deleted
            : next(context);
}

public sealed class Ticket
{
    [Range(1, 5)]
    public int Priority { get; init; }
}
// endsnippet
