namespace SessionManager.Protocol.Checking;

/// <summary>
/// One thing that can happen next.
/// </summary>
internal readonly record struct Step(StepKind Kind, int Index = 0);
