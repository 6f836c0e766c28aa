using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SessionManager.Internal.Events;

/// <summary>
/// Posts events to an HTTP endpoint.
/// </summary>
internal sealed class WebhookSink(HttpClient client, WebhookOptions options, TimeProvider timeProvider) : ISessionEventSink
{
    public const string HeaderPrefix = "X-SessionManager-";

    private const string EventHeader = HeaderPrefix + "Event";
    private const string DeliveryHeader = HeaderPrefix + "Delivery";
    private const string TimestampHeader = HeaderPrefix + "Timestamp";
    private const string SignatureHeader = HeaderPrefix + "Signature";

    /// <inheritdoc/>
    public async ValueTask DeliverAsync(SessionEvent sessionEvent, CancellationToken cancellationToken)
    {
        using var request = CreateRequest(sessionEvent);
        // The status says all; the body of the answer is not read.
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            throw new SessionEventDeliveryException(
                $"the webhook answered {(int)response.StatusCode}",
                IsTransient(response.StatusCode),
                GetRetryAfter(response.Headers.RetryAfter));
        }
    }

    private static bool IsTransient(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;

    private HttpRequestMessage CreateRequest(SessionEvent sessionEvent)
    {
        var body = GetBody(sessionEvent);
        var timestamp = timeProvider.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, options.Url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        request.Headers.Add(EventHeader, WebhookPayload.GetEventName(sessionEvent.Kind));
        request.Headers.Add(DeliveryHeader, sessionEvent.Id.ToString());
        request.Headers.Add(TimestampHeader, timestamp);
        if (options.Secret is { } secret)
        {
            request.Headers.Add(SignatureHeader, Sign(secret, timestamp, body.Span));
        }

        foreach (var (name, value) in options.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static ReadOnlyMemory<byte> GetBody(SessionEvent sessionEvent)
    {
        try
        {
            return WebhookPayload.Write(sessionEvent);
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            // It will not be different next time. The cause may quote a value, so that its type alone is told.
            throw new SessionEventDeliveryException($"the event has no JSON form ({exception.GetType().Name})", isTransient: false);
        }
    }

    private static string Sign(string secret, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.UTF8.GetBytes(timestamp + "."));
        hmac.AppendData(body);
        return $"sha256={Convert.ToHexStringLower(hmac.GetHashAndReset())}";
    }

    private TimeSpan? GetRetryAfter(RetryConditionHeaderValue? header) => header switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date - timeProvider.GetUtcNow() is { Ticks: > 0 } wait => wait,
        _ => null,
    };
}
