namespace SessionManager.Protocol.Checking;

/// <summary>
/// Thrown when an invariant does not hold, with the steps that led there.
/// </summary>
internal sealed class ProtocolException(string violation, IReadOnlyList<string> steps)
    : Exception($"{violation}{Environment.NewLine}{string.Join(Environment.NewLine, steps.Select((step, index) => $"{index + 1,3}. {step}"))}")
{
    public string Violation => violation;
}
