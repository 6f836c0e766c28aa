using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using SessionManager;

namespace ChatApi.Tests;

/// <summary>
/// One running instance of the sample, over the database of a test class, with a port of its own.
/// </summary>
internal sealed class ChatApiHost : WebApplicationFactory<Program>
{
    private readonly Dictionary<string, string> _settings;
    private readonly TaskCompletionSource _answerEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ChatApiHost(DatabaseFixture database, TcpProxy? proxy = null, TimeSpan wordDelay = default, TimeSpan? busyWait = null)
    {
        _settings = new()
        {
            // Given to the application itself: what the factory is given as a port comes too late at times.
            ["urls"] = "http://127.0.0.1:0",
            ["SessionManager:ConnectionString"] = proxy?.ConnectionString ?? database.ConnectionString,
            ["SessionManager:DatabaseName"] = database.DatabaseName,
            ["SessionManager:ServerSelectionTimeout"] = "00:00:01",
            ["Model:WordDelay"] = wordDelay.ToString(),
            ["Model:WhenBusyWait"] = (busyWait ?? TimeSpan.FromSeconds(45)).ToString(),
        };
        UseKestrel();
        StartServer();
        Client = SignIn(UserName);
    }

    /// <summary>
    /// The name of the user of <see cref="Client"/>.
    /// </summary>
    public const string UserName = "ada";

    /// <summary>
    /// Gets the owner of the sessions of <see cref="Client"/>.
    /// </summary>
    public static SessionOwner User { get; } = new() { User = UserName };

    public HttpClient Client { get; }

    public FakeLogCollector Logs => Services.GetFakeLogCollector();

    /// <summary>
    /// Gets a task that ends when the server has done everything that it does for the first answer.
    /// </summary>
    public Task AnswerEnded => _answerEnded.Task;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// Gets the id that a session of <see cref="Client"/> has in the database.
    /// </summary>
    public static string ToKey(string sessionId) => new SessionKey(User, sessionId).ToString();

    /// <summary>
    /// Makes a client of a user.
    /// </summary>
    public HttpClient SignIn(string user)
    {
        var client = CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in") { Content = JsonContent.Create(new { user }) };
        using var response = client.Send(request, Cancellation);
        client.DefaultRequestHeaders.Add("Cookie", response.EnsureSuccessStatusCode().Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        return client;
    }

    /// <summary>
    /// Sends a message and gets all events of the answer.
    /// </summary>
    public async Task<List<(string Type, JsonNode Data)>> AskAsync(string sessionId, string text)
    {
        using var response = await SendAsync(sessionId, text);
        response.EnsureSuccessStatusCode();
        return await ReadEventsAsync(response).ToListAsync(Cancellation);
    }

    /// <summary>
    /// Sends a message and gets the beginning of the answer.
    /// </summary>
    public Task<HttpResponseMessage> SendAsync(string sessionId, string text)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/sessions/{sessionId}/messages") { Content = JsonContent.Create(new { text }) };
        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
    }

    public static async IAsyncEnumerable<(string Type, JsonNode Data)> ReadEventsAsync(HttpResponseMessage response)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(Cancellation);
        await foreach (var item in SseParser.Create(stream, static (_, data) => JsonNode.Parse(data)!).EnumerateAsync(Cancellation))
        {
            yield return (item.EventType, item.Data);
        }
    }

    public async Task<JsonNode> GetHistoryAsync(string sessionId, string query = "") =>
        (await Client.GetFromJsonAsync<JsonNode>($"/sessions/{sessionId}/messages{query}", Cancellation))!;

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (key, value) in _settings)
        {
            builder.UseSetting(key, value);
        }

        builder.ConfigureLogging(logging => logging.ClearProviders().AddFakeLogging());
        builder.ConfigureServices(services => services.AddSingleton<IStartupFilter>(new AnswerWatch(_answerEnded)));
    }

    private sealed class AnswerWatch(TaskCompletionSource answerEnded) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, nextRequest) =>
            {
                try
                {
                    await nextRequest(context);
                }
                finally
                {
                    if (context.Request is { Method: "POST", Path.Value: { } path } && path.EndsWith("/messages", StringComparison.Ordinal))
                    {
                        answerEnded.TrySetResult();
                    }
                }
            });
            next(app);
        };
    }
}
