namespace SessionManager.Testing.Providers;

/// <summary>
/// A part of a scripted answer, in no provider's format.
/// </summary>
public abstract record WirePart
{
    private WirePart()
    {
    }

    /// <summary>
    /// Text. Streamed, it comes in two pieces.
    /// </summary>
    public sealed record Said(string Text) : WirePart;

    /// <summary>
    /// A thought, with what the provider needs to take it back: a signature, or what is encrypted. Null where it has neither.
    /// </summary>
    public sealed record Thought(string Text, string? Signature) : WirePart;

    /// <summary>
    /// A thought of Anthropic's that nobody can read.
    /// </summary>
    public sealed record RedactedThought(string Data) : WirePart;

    /// <summary>
    /// A call of a tool, its arguments with the JSON text that the model has written.
    /// </summary>
    public sealed record Called(string Id, string Name, string Arguments) : WirePart;
}
