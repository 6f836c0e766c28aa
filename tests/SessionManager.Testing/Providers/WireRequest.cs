using System.Text.Json;

namespace SessionManager.Testing.Providers;

/// <summary>
/// A request as a provider gets it.
/// </summary>
/// <param name="Uri">Where it went.</param>
/// <param name="Bytes">Its body, byte for byte.</param>
/// <param name="Body">The same as JSON.</param>
/// <param name="MessagesName">The name of the array that has the messages.</param>
public sealed record WireRequest(Uri? Uri, ReadOnlyMemory<byte> Bytes, JsonElement Body, string MessagesName)
{
    /// <summary>
    /// Gets the messages or items, each with the text that it has on the wire.
    /// </summary>
    public IReadOnlyList<string> Messages => [.. Body.GetProperty(MessagesName).EnumerateArray().Select(static message => message.GetRawText())];

    /// <summary>
    /// Gets a value indicating whether the answer is wanted as a stream.
    /// </summary>
    public bool IsStreamed => Body.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True;
}
