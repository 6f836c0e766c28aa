using Microsoft.Extensions.AI;
using OllamaSharp;

namespace SessionManager.Clients.Lines;

internal sealed class OllamaLine : ProviderLine
{
    public override string Name => Ollama;

    public override ProviderHandler Handler { get; } = new OllamaHandler();

    public override IChatClient CreateClient()
    {
        var client = CreateHttpClient();
        client.BaseAddress = new Uri("http://ollama.invalid");
        return new OllamaApiClient(client, "llama-1");
    }
}
