namespace SessionManager.Chaos.Workers;

/// <summary>
/// What a line of a worker's log says.
/// </summary>
internal enum LineKind
{
    Append,
    Write,
    Load,
    NotFirst,
    Hang,
    Unexpected,
    Unobserved,
    End,
}
