using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace SessionManager.Internal.Events;

/// <summary>
/// A Kestrel on the loopback interface that records what is posted to it.
/// </summary>
internal sealed class WebhookEndpoint : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Func<HttpContext, int, Task> _answer;

    private WebhookEndpoint(Func<HttpContext, int, Task> answer)
    {
        _answer = answer;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _application = builder.Build();
        _application.Run(HandleAsync);
    }

    public ConcurrentQueue<Request> Requests { get; } = [];

    public Uri Url => new($"{_application.Urls.Single()}/hook?token=canary-query");

    /// <param name="answer">Answers a request, counted from 1.</param>
    public static async Task<WebhookEndpoint> StartAsync(Func<HttpContext, int, Task> answer)
    {
        var endpoint = new WebhookEndpoint(answer);
        await endpoint._application.StartAsync(TestContext.Current.CancellationToken);
        return endpoint;
    }

    /// <param name="statuses">The status codes of the answers, of which the last one stays.</param>
    public static Task<WebhookEndpoint> StartAsync(params int[] statuses) => StartAsync((context, number) =>
    {
        context.Response.StatusCode = statuses[Math.Min(number, statuses.Length) - 1];
        return Task.CompletedTask;
    });

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        Requests.Enqueue(new Request(context.Request.Method, headers, await reader.ReadToEndAsync(context.RequestAborted)));
        await _answer(context, Requests.Count);
    }

    public sealed record Request(string Method, IReadOnlyDictionary<string, string> Headers, string Body);
}
