using Microsoft.Extensions.AI;

namespace SessionManager.Clients.Lines;

/// <summary>
/// OpenAI's responses as one has them without a word: the provider stores them, gives each an id that can be continued, and
/// keeps its thoughts to itself.
/// </summary>
internal sealed class OpenAIStoredResponsesLine : ProviderLine
{
    public override string Name => "openai stored responses";

    public override ProviderHandler Handler { get; } = new OpenAIResponsesHandler { Stores = true };

    public override IChatClient CreateClient() => OpenAIClients.Create(CreateHttpClient()).GetResponsesClient().AsIChatClient("gpt-1");
}
