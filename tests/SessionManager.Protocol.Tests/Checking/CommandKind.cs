namespace SessionManager.Protocol.Checking;

/// <summary>
/// What is lost with a command that nobody hears of.
/// </summary>
internal enum CommandKind
{
    /// <summary>Nothing.</summary>
    Read,

    /// <summary>An update, which may come twice or late.</summary>
    Update,

    /// <summary>An insert, which may come late, and at its own position only.</summary>
    Insert,
}
