using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace ChatApi.Tests;

/// <summary>
/// Sends what is refused, and checks that the refusal is a problem document of that status.
/// </summary>
internal static class Problems
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<JsonNode> GetAsync(ChatApiHost api, string path, HttpStatusCode status)
    {
        using var response = await api.Client.GetAsync(path, Cancellation);
        return await ReadAsync(response, status);
    }

    public static async Task<JsonNode> PostAsync(ChatApiHost api, string path, string json, HttpStatusCode status)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await api.Client.PostAsync(path, content, Cancellation);
        return await ReadAsync(response, status);
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        Assert.Equal((status, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var problem = await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation);
        Assert.Equal((int)status, problem!["status"]?.GetValue<int>());
        return problem;
    }
}
