using Microsoft.Extensions.AI;

namespace SessionManager.Clients.Lines;

internal sealed class OpenAIChatLine : ProviderLine
{
    public override string Name => OpenAIChat;

    public override ProviderHandler Handler { get; } = new OpenAIChatHandler();

    public override IChatClient CreateClient() => OpenAIClients.Create(CreateHttpClient()).GetChatClient("gpt-1").AsIChatClient();
}
