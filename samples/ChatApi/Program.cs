using System.Text.Json;
using System.Text.Json.Serialization;
using ChatApi;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.AI;
using SessionManager;
using SessionManager.TestServer;
using WorkerSample;

var builder = WebApplication.CreateBuilder(args);

// The sample brings its own MongoDB where no connection string is configured.
await using var server = builder.Configuration["SessionManager:ConnectionString"] is null ? await MongoTestServer.StartAsync() : null;

builder.Services.AddHttpContextAccessor().AddAuthorization().AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
builder.Services
    .AddMongoSessionManager(builder.Configuration.GetSection("SessionManager"))
    .AddSessionOwner<SignedInOwner>()
    .AddAuditLogging()
    .AddFeedbackValidation(FeedbackEndpoint.Validate)
    .AddHealthCheck()
    .Services.PostConfigure<SessionManager.MongoSessionManagerOptions>(options => options.ConnectionString ??= server?.ConnectionString);

var wordDelay = builder.Configuration.GetValue<TimeSpan>("Model:WordDelay");

// Of two requests at once in one session, the second one waits for the first, or is answered with 409 at once.
var busyWait = builder.Configuration.GetValue<TimeSpan?>("Model:WhenBusyWait") ?? WhenBusy.Default.WaitTime;
builder.Services.AddChatClient(new ScriptedChatClient(wordDelay))
    .UseFunctionInvocation()
    .UseSessionManager(AnswerEndpoint.AgentId, sessions => sessions.WhenBusy = busyWait > TimeSpan.Zero ? WhenBusy.Wait(busyWait) : WhenBusy.Fail);

builder.Services.ConfigureHttpJsonOptions(json =>
{
    json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
    json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
    json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
});
builder.Services.AddOpenApi().AddValidation().AddProblemDetails().AddExceptionHandler<SessionExceptionHandler>();

var app = builder.Build();
app.UseExceptionHandler().UseStatusCodePages().UseAuthentication().UseAuthorization();
app.MapOpenApi();
app.MapHealthChecks("/health");

if (app.Environment.IsDevelopment())
{
    app.MapPost("/sign-in", SignInEndpoint.Post).ExcludeFromDescription();
}

var session = app.MapGroup("/sessions/{sessionId}").WithTags("Sessions").RequireAuthorization().ProducesProblem(400).ProducesProblem(401).ProducesProblem(503);
session.MapPost("/messages", AnswerEndpoint.PostAsync);
session.MapGet("/messages", HistoryEndpoint.GetAsync).ProducesProblem(404);
session.MapPost("/feedback", FeedbackEndpoint.PostAsync).ProducesProblem(404);

await app.RunAsync();
