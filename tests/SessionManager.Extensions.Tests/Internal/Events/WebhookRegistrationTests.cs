using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SessionManager.Internal.Events;

public sealed class WebhookRegistrationTests
{
    private readonly FakeSessionStorage _storage = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AddWebhook_KeyedRegistration_IsToldOfItsOwnSessionsOnly()
    {
        await using var endpoint = await WebhookEndpoint.StartAsync(200);
        var services = new ServiceCollection();
        services.AddFakeSessionManager(_storage);
        services.AddFakeSessionManager(_storage, "eu").AddWebhook(options => options.Url = endpoint.Url);
        await using var provider = services.BuildStrictly();
        var delivery = provider.GetServices<IHostedService>().OfType<EventDeliveryService>().Single();
        await delivery.StartAsync(Token);

        await provider.CreateSession("unkeyed").AddFeedbackAsync(new Feedback(), Token);
        await provider.GetRequiredKeyedService<ISessionManagerFactory>("eu").Create("keyed").AddFeedbackAsync(new Feedback(), Token);
        await delivery.StoppedAsync(Token);

        Assert.Contains("\"keyed\"", Assert.Single(endpoint.Requests).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_WrongOptions_FailsAtStartWithEveryFaultAndNoSecret()
    {
        var host = Host.CreateEmptyApplicationBuilder(null);
        host.Services.AddFakeSessionManager(_storage).AddWebhook(
            options =>
            {
                options.Url = new Uri("ftp://canary.example");
                options.Secret = "canary";
                options.Timeout = TimeSpan.Zero;
                options.Headers["X-SessionManager-Event"] = "canary";
                options.Headers["Content-Type"] = "canary";
                options.Headers["X-Break"] = "canary\r\n";
                options.Headers["X-Good"] = "canary";
            },
            options => (options.Capacity, options.Workers, options.MaxAttempts, options.FirstRetryDelay, options.LongestRetryDelay, options.DeliveredFields, options.FullMode) =
                (0, 65, 0, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1), ["$where"], (SessionEventQueueFullMode)9));
        using var built = host.Build();

        var text = (await Assert.ThrowsAnyAsync<Exception>(() => built.StartAsync(Token))).ToString();

        Assert.All(
            ["Url must", "Secret", "Timeout", "X-SessionManager-Event", "Content-Type", "X-Break", "Capacity", "Workers", "MaxAttempts", "LongestRetryDelay", "DeliveredFields", "FullMode"],
            fault => Assert.Contains(fault, text, StringComparison.Ordinal));
        Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Good", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddWebhook_WithoutUrl_FailsNamingIt()
    {
        var services = new ServiceCollection();
        var builder = services.AddFakeSessionManager(_storage).AddWebhook(_ => { });
        await using var provider = services.BuildStrictly();

        var exception = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptionsMonitor<WebhookOptions>>().Get("webhook"));

        Assert.Contains("Url", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => builder.AddWebhook(null!));
        Assert.Throws<ArgumentException>(() => builder.AddWebhook(_ => { }, name: " "));
    }

    [Fact]
    public async Task AddWebhook_AmongHooksOfEveryKind_RunsThemBeforeTheServerIsAsked()
    {
        var services = new ServiceCollection();
        services.AddMongoSessionManager(options => options.ConnectionString = "mongodb://localhost:1/chat")
            .AddAuditLogging()
            .AddMetadataValidation(validation => validation.AddError("any", "Nothing is allowed."))
            .AddWebhook(options => options.Url = new Uri("https://hooks.example/"));
        await using var provider = services.BuildStrictly();
        await using var session = provider.GetRequiredService<ISessionManagerFactory>().Create("s1");

        await Assert.ThrowsAsync<SessionValidationException>(() =>
            session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = 1 }, Token));
        Assert.NotEmpty(provider.GetServices<IHostedService>());
    }
}
