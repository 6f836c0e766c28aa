using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using SessionManager.Clients.Lines;

namespace SessionManager.Clients;

/// <summary>
/// What the tests of this project share: sessions in memory.
/// </summary>
public abstract class ClientTest : IDisposable
{
    private readonly ServiceProvider _services = CreateServices();

    internal static bool[] Both { get; } = [true, false];

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected IServiceProvider Services => _services;

    private protected string SessionId { get; } = Guid.NewGuid().ToString("N");

    public void Dispose()
    {
        _services.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Asks a pipeline of its own, as each process has one.
    /// </summary>
    private protected async Task<ChatResponse> AskAsync(ProviderLine line, bool isInside, bool isStreaming, string text, params AITool[] tools)
    {
        using var client = line.Build(Services, isInside);
        return await client.AskAsync(isStreaming, text, line.For(SessionId, tools), Cancellation);
    }

    /// <summary>
    /// Makes an answer that calls the tool.
    /// </summary>
    private protected static WirePart.Called Call(string id, string arguments = "{}") => new(id, FixedTool.ToolName, arguments);

    private static ServiceProvider CreateServices()
    {
        var services = new ServiceCollection();
        services.AddInMemorySessionManager();
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }
}
