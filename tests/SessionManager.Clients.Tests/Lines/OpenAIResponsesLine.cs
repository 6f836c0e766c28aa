using Microsoft.Extensions.AI;
using OpenAI.Responses;

namespace SessionManager.Clients.Lines;

/// <summary>
/// OpenAI's responses as one has them whose histories are kept by sessions: the provider stores nothing, and gives out its
/// thoughts encrypted.
/// </summary>
internal sealed class OpenAIResponsesLine : ProviderLine
{
    public override string Name => OpenAIResponses;

    public override ProviderHandler Handler { get; } = new OpenAIResponsesHandler();

    public override bool SignsThoughts => true;

    public override ChatOptions For(string sessionId, params AITool[] tools)
    {
        var options = base.For(sessionId, tools);
        options.RawRepresentationFactory = static _ => new CreateResponseOptions
        {
            StoredOutputEnabled = false,
            IncludedProperties = { IncludedResponseProperty.ReasoningEncryptedContent },
        };
        return options;
    }

    public override IChatClient CreateClient() => OpenAIClients.Create(CreateHttpClient()).GetResponsesClient().AsIChatClient("gpt-1");
}
