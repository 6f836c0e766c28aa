using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;

namespace SessionManager.Clients.Lines;

internal static class OpenAIClients
{
    public static OpenAIClient Create(HttpClient client) => new(
        new ApiKeyCredential("none"),
        new OpenAIClientOptions { Transport = new HttpClientPipelineTransport(client), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) });
}
