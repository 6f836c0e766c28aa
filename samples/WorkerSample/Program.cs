using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SessionManager.TestServer;
using WorkerSample;

// The sample brings its own MongoDB where MONGODB_URI names none. Your application has a connection string instead.
await using var server = await MongoTestServer.StartAsync();

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
{
    Args = args,
    ContentRootPath = AppContext.BaseDirectory,
});

builder.Services
    .AddMongoSessionManager(builder.Configuration.GetSection("SessionManager"))
    .AddAuditLogging()
    .Services.Configure<SupportOptions>(builder.Configuration.GetSection("Support"))
    .PostConfigure<SessionManager.MongoSessionManagerOptions>(options => options.ConnectionString ??= server.ConnectionString);

builder.Services.AddChatClient(new ScriptedChatClient(TimeSpan.FromMilliseconds(20))).UseFunctionInvocation().UseSessionManager(SupportWorker.AgentId);
builder.Services.AddHostedService<SupportWorker>();

await builder.Build().RunAsync();

return Environment.ExitCode;
