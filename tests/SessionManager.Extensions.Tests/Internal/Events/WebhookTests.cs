using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace SessionManager.Internal.Events;

public sealed class WebhookTests
{
    private const string Secret = "canary-secret-of-the-webhook";

    private readonly FakeSessionStorage _storage = new();
    private readonly FakeLogCollector _logs = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Webhook_MetadataUpdated_IsPostedAsDocumented()
    {
        await using var endpoint = await WebhookEndpoint.StartAsync(204);

        await RunAsync(endpoint, session => session.UpdateMetadataAsync(
            new Dictionary<string, object?>
            {
                ["tier"] = "gold",
                ["customer.since"] = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
                ["id"] = Guid.Empty,
                ["kind"] = DayOfWeek.Friday,
                ["data"] = new byte[] { 1, 2 },
                ["rate"] = double.NaN,
                ["price"] = 1.10m,
                ["none"] = null,
            },
            Token));

        var request = Assert.Single(endpoint.Requests);
        using var body = JsonDocument.Parse(request.Body);
        Assert.Equal(["id", "event", "session_id", "timestamp", "metadata"], body.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal("metadata_updated", body.RootElement.GetProperty("event").GetString());
        Assert.Equal("s1", body.RootElement.GetProperty("session_id").GetString());
        Assert.Equal(TimeSpan.Zero, body.RootElement.GetProperty("timestamp").GetDateTimeOffset().Offset);
        Assert.Equal(
            """{"tier":"gold","customer.since":"2026-01-02T03:04:05Z","id":"00000000-0000-0000-0000-000000000000","kind":"Friday","data":"AQI=","rate":"NaN","price":1.10,"none":null}""",
            body.RootElement.GetProperty("metadata").GetRawText());
        Assert.Equal(("POST", "application/json; charset=utf-8"), (request.Method, request.Headers["Content-Type"]));
        Assert.Equal("metadata_updated", request.Headers["X-SessionManager-Event"]);
        Assert.Equal(body.RootElement.GetProperty("id").GetString(), request.Headers["X-SessionManager-Delivery"]);
        Assert.Equal("Bearer canary-header", request.Headers["Authorization"]);
    }

    [Fact]
    public async Task Webhook_Secret_SignsTimestampAndBody()
    {
        await using var endpoint = await WebhookEndpoint.StartAsync(200);

        await RunAsync(endpoint, session => session.AddFeedbackAsync(new Feedback { Comment = "pão" }, Token));

        var request = Assert.Single(endpoint.Requests);
        var timestamp = request.Headers["X-SessionManager-Timestamp"];
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{timestamp}.{request.Body}"));
        Assert.Equal($"sha256={Convert.ToHexStringLower(hash)}", request.Headers["X-SessionManager-Signature"]);
        Assert.InRange(DateTimeOffset.FromUnixTimeSeconds(long.Parse(timestamp, CultureInfo.InvariantCulture)), TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow());
    }

    [Fact]
    public async Task Webhook_NoSecret_SendsNoSignature()
    {
        await using var endpoint = await WebhookEndpoint.StartAsync(200);

        await RunAsync(endpoint, session => session.DeleteMetadataAsync(["tier"], Token), options => options.Secret = null);

        Assert.False(Assert.Single(endpoint.Requests).Headers.ContainsKey("X-SessionManager-Signature"));
    }

    [Fact]
    public async Task Webhook_DeletedKeysAndFeedback_ArePostedAsDocumented()
    {
        await using var endpoint = await WebhookEndpoint.StartAsync(200);

        await RunAsync(endpoint, async session =>
        {
            await session.DeleteMetadataAsync(["tier", "a.b"], Token);
            await session.AddFeedbackAsync(
                new Feedback
                {
                    Rating = FeedbackRating.Down,
                    Comment = "slow",
                    AgentId = "support",
                    Position = 3,
                    AdditionalProperties = new Dictionary<string, object?> { ["page"] = 2 },
                },
                Token);
            await session.AddFeedbackAsync(new Feedback(), Token);
        });

        string[] bodies = [.. endpoint.Requests.Select(request => request.Body)];
        Assert.Contains(""","event":"metadata_deleted","session_id":"s1",""", bodies[0], StringComparison.Ordinal);
        Assert.EndsWith(""","deleted_keys":["tier","a.b"]}""", bodies[0], StringComparison.Ordinal);
        Assert.EndsWith(
            """,feedback":{"rating":"down","comment":"slow","agent_id":"support","message_id":3,"created_at":"1970-01-01T00:00:00+00:00","additional_properties":{"page":2}}}"""[1..],
            bodies[1],
            StringComparison.Ordinal);
        Assert.EndsWith(""""feedback":{"rating":null,"comment":null,"created_at":"1970-01-01T00:00:00+00:00"}}"""", bodies[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Webhook_TransientAnswer_IsRepeatedUnderTheSameId(int status)
    {
        await using var endpoint = await WebhookEndpoint.StartAsync(status, status, 200);

        await RunAsync(endpoint, session => session.AddFeedbackAsync(new Feedback(), Token));

        Assert.Equal(3, endpoint.Requests.Count);
        Assert.Single(endpoint.Requests.Select(request => request.Headers["X-SessionManager-Delivery"]).Distinct());
        Assert.Single(endpoint.Requests.Select(request => request.Body).Distinct());
        Assert.Contains($"the webhook answered {status}", string.Concat(Messages(71)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(302)]
    public async Task Webhook_AnyOtherAnswer_IsNotRepeated(int status)
    {
        await using var endpoint = await WebhookEndpoint.StartAsync((context, _) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        });

        await RunAsync(endpoint, session => session.AddFeedbackAsync(new Feedback(), Token));

        Assert.Single(endpoint.Requests);
        Assert.Contains($"the webhook answered {status}", Assert.Single(Messages(72)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Webhook_RetryAfter_IsHeeded(bool asDate)
    {
        await using var endpoint = await WebhookEndpoint.StartAsync((context, number) =>
        {
            context.Response.StatusCode = number == 1 ? 503 : 200;
            context.Response.Headers.RetryAfter = asDate ? TimeProvider.System.GetUtcNow().AddHours(1).ToString("R", CultureInfo.InvariantCulture) : "3600";
            return Task.CompletedTask;
        });

        await RunAsync(
            endpoint,
            session => session.AddFeedbackAsync(new Feedback(), Token),
            configureDelivery: options => (options.FirstRetryDelay, options.LongestRetryDelay) = (TimeSpan.FromTicks(10_000), TimeSpan.FromMilliseconds(20)));

        // An hour is more than the limit, and so the limit it is, without its random part.
        Assert.Equal(2, endpoint.Requests.Count);
        Assert.EndsWith("next one in 00:00:00.0200000.", Assert.Single(Messages(71)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhook_ConnectionBreaks_IsRepeated()
    {
        await using var endpoint = await WebhookEndpoint.StartAsync((context, number) =>
        {
            if (number == 1)
            {
                context.Abort();
            }

            return Task.CompletedTask;
        });

        await RunAsync(endpoint, session => session.AddFeedbackAsync(new Feedback(), Token));

        Assert.Equal(2, endpoint.Requests.Count);
        Assert.Contains("HttpRequestException", Assert.Single(Messages(71)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhook_NoAnswerInTime_IsRepeated()
    {
        await using var endpoint = await WebhookEndpoint.StartAsync((context, number) =>
            number == 1 ? Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default) : Task.CompletedTask);

        await RunAsync(endpoint, session => session.AddFeedbackAsync(new Feedback(), Token), options => options.Timeout = TimeSpan.FromMilliseconds(200));

        Assert.True(endpoint.Requests.Count >= 2);
        Assert.NotEmpty(Messages(71));
    }

    [Fact]
    public async Task Webhook_ValueWithoutJsonForm_IsGivenUpAndTellsNoValue()
    {
        await using var endpoint = await WebhookEndpoint.StartAsync(200);

        await RunAsync(endpoint, session => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["type"] = typeof(string) }, Token));

        Assert.Empty(endpoint.Requests);
        Assert.Contains("no JSON form (NotSupportedException)", Assert.Single(Messages(72)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(62, 1)]
    [InlineData(64, 1)]
    [InlineData(200, 0)]
    public async Task Webhook_NestedValue_IsDeliveredOrGivenUpAtOnce(int levels, int delivered)
    {
        await using var endpoint = await WebhookEndpoint.StartAsync(200, 200, 200);
        var nested = new List<object?>();
        for (var i = 1; i < levels; i++)
        {
            nested = [nested];
        }

        await RunAsync(endpoint, async session =>
        {
            await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["nested"] = nested }, Token);
            await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["behind"] = 1 }, Token);
        });

        Assert.Equal(delivered + 1, endpoint.Requests.Count);
        Assert.Empty(Messages(71));
        Assert.Equal(1 - delivered, Messages(72).Count());
    }

    [Fact]
    public async Task Webhook_LogsAtTrace_HoldNoSecretNorContent()
    {
        await using var endpoint = await WebhookEndpoint.StartAsync(500, 400);

        await RunAsync(endpoint, session => session.AddFeedbackAsync(new Feedback { Comment = "canary-comment" }, Token));

        Assert.NotEmpty(_logs.GetSnapshot());
        Assert.All(_logs.GetSnapshot(), log => Assert.DoesNotContain(
            "canary", $"{log.Message} {log.Exception} {string.Concat(log.StructuredState?.Select(pair => pair.Value) ?? [])}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AddWebhook_TwoNames_BothAreTold()
    {
        await using var first = await WebhookEndpoint.StartAsync(200);
        await using var second = await WebhookEndpoint.StartAsync(200);

        await RunAsync(first, session => session.AddFeedbackAsync(new Feedback(), Token), more: builder => builder
            .AddWebhook(options => options.Url = second.Url, name: "second")
            .AddWebhook(options => options.Headers["X-Added"] = "later"));

        Assert.Equal("later", Assert.Single(first.Requests).Headers["X-Added"]);
        Assert.Single(second.Requests);
        Assert.False(second.Requests.Single().Headers.ContainsKey("X-Added"));
    }

    private IEnumerable<string> Messages(int eventId) => _logs.GetSnapshot().Where(log => log.Id.Id == eventId).Select(log => log.Message);

    /// <summary>
    /// Runs a host with a webhook, does something, and stops it, by which everything is delivered.
    /// </summary>
    private async Task RunAsync(
        WebhookEndpoint endpoint,
        Func<ISessionManager, Task> act,
        Action<WebhookOptions>? configure = null,
        Action<SessionEventDeliveryOptions>? configureDelivery = null,
        Action<ISessionManagerBuilder>? more = null)
    {
        var host = Host.CreateEmptyApplicationBuilder(null);
        host.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(_logs));
        var builder = host.Services.AddFakeSessionManager(_storage).AddWebhook(
            options =>
            {
                (options.Url, options.Secret) = (endpoint.Url, Secret);
                options.Headers["Authorization"] = "Bearer canary-header";
                configure?.Invoke(options);
            },
            options =>
            {
                options.FirstRetryDelay = options.LongestRetryDelay = TimeSpan.FromMilliseconds(1);
                configureDelivery?.Invoke(options);
            });
        more?.Invoke(builder);
        using var built = host.Build();
        await built.StartAsync(Token);
        await using (var session = built.Services.CreateSession())
        {
            await act(session);
        }

        await built.StopAsync(Token);
    }
}
