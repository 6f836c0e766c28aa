using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;

namespace SessionManager.Testing.Providers;

/// <summary>
/// A provider at the end of a real client's line: it keeps each request, answers 400 as the provider does to what it does not
/// take, and else what the script says. Thread-safe.
/// </summary>
public abstract class ProviderHandler : HttpMessageHandler
{
    private readonly ConcurrentQueue<WireRequest> _requests = new();
    private readonly ConcurrentQueue<WireAnswer> _answers = new();
    private readonly ConcurrentQueue<string> _refusals = new();
    private int _answerCount;

    /// <summary>
    /// Gets the requests, in their order.
    /// </summary>
    public IReadOnlyList<WireRequest> Requests => [.. _requests];

    /// <summary>
    /// Gets why requests were refused.
    /// </summary>
    public IReadOnlyList<string> Refusals => [.. _refusals];

    /// <summary>
    /// Gets the name of the array that has the messages in a request.
    /// </summary>
    protected virtual string MessagesName => "messages";

    /// <summary>
    /// Gets the type of content of a streamed answer.
    /// </summary>
    protected virtual string StreamType => "text/event-stream";

    /// <summary>
    /// Says what is answered next.
    /// </summary>
    public void Add(params WireAnswer[] answers)
    {
        foreach (var answer in answers)
        {
            _answers.Enqueue(answer);
        }
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);

        var bytes = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        using var document = JsonDocument.Parse(bytes);
        var wire = new WireRequest(request.RequestUri, bytes, document.RootElement.Clone(), MessagesName);
        _requests.Enqueue(wire);
        var violations = FindViolations(wire.Body);
        if (violations.Count > 0)
        {
            _refusals.Enqueue(violations[0]);
            ProviderRefusals.Add($"{string.Join('\n', violations)}\n{Encoding.UTF8.GetString(bytes)}");
            return Respond(HttpStatusCode.BadRequest, new StringContent(CreateError(violations[0]), Encoding.UTF8, "application/json"));
        }

        var number = Interlocked.Increment(ref _answerCount);
        var answer = _answers.TryDequeue(out var next) ? next : throw new InvalidOperationException($"Request {_requests.Count} was not in the script.");
        Remember(answer, number);
        return Respond(HttpStatusCode.OK, wire.IsStreamed ? CreateStream(answer, number) : new StringContent(CreateBody(answer, number), Encoding.UTF8, "application/json"));
    }

    /// <summary>
    /// Finds what the provider does not take.
    /// </summary>
    protected abstract IReadOnlyList<string> FindViolations(JsonElement body);

    /// <summary>
    /// Creates the body of the answer 400.
    /// </summary>
    protected abstract string CreateError(string message);

    /// <summary>
    /// Creates the body of an answer.
    /// </summary>
    protected abstract string CreateBody(WireAnswer answer, int number);

    /// <summary>
    /// Creates the events or lines of a streamed answer.
    /// </summary>
    protected abstract IEnumerable<string> CreateEvents(WireAnswer answer, int number);

    /// <summary>
    /// Remembers what the provider knows again: what it has signed or encrypted itself.
    /// </summary>
    protected virtual void Remember(WireAnswer answer, int number)
    {
    }

    /// <summary>
    /// Writes a string as JSON.
    /// </summary>
    protected static string Quote(string? text) => JsonSerializer.Serialize(text);

    /// <summary>
    /// Cuts a text in two, neither of them empty where there are two characters.
    /// </summary>
    protected static IEnumerable<string> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);

        var half = text.Length / 2;
        if (half > 0 && char.IsHighSurrogate(text[half - 1]))
        {
            half++;
        }

        return half == 0 || half == text.Length ? [text] : [text[..half], text[half..]];
    }

    private static HttpResponseMessage Respond(HttpStatusCode code, HttpContent content) => new(code) { Content = content };

    private StreamContent CreateStream(WireAnswer answer, int number)
    {
        var events = CreateEvents(answer, number);
        var sent = answer.CutAfter is { } count ? events.Take(count) : events;
        var stream = new WireStream(Encoding.UTF8.GetBytes(string.Concat(sent)), isCut: answer.CutAfter is not null);
        var content = new StreamContent(stream);
        content.Headers.ContentType = new(StreamType);
        return content;
    }
}
