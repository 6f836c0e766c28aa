using Anthropic;
using Anthropic.Core;
using Microsoft.Extensions.AI;

namespace SessionManager.Clients.Lines;

internal sealed class AnthropicLine : ProviderLine
{
    public override string Name => Anthropic;

    public override ProviderHandler Handler { get; } = new AnthropicHandler();

    public override bool SignsThoughts => true;

    public override IChatClient CreateClient() =>
        new AnthropicClient(new ClientOptions { HttpClient = CreateHttpClient(), ApiKey = "none", MaxRetries = 0 }).AsIChatClient("claude-1");
}
