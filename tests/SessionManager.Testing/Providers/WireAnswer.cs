namespace SessionManager.Testing.Providers;

/// <summary>
/// A scripted answer, in no provider's format.
/// </summary>
public sealed class WireAnswer(params WirePart[] parts)
{
    /// <summary>
    /// Gets what is answered.
    /// </summary>
    public IReadOnlyList<WirePart> Parts => parts;

    /// <summary>
    /// Gets the number of events or lines after which the line breaks, or null for an answer that is complete.
    /// </summary>
    public int? CutAfter { get; init; }

    /// <summary>
    /// Gets a value indicating whether a tool is called.
    /// </summary>
    public bool HasCalls => parts.Any(static part => part is WirePart.Called);

    /// <summary>
    /// An answer in plain text.
    /// </summary>
    public static implicit operator WireAnswer(string text) => new(new WirePart.Said(text));
}
