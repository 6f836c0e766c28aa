namespace SessionManager.Behavior;

/// <summary>
/// Which messages have ids in what a client sends.
/// </summary>
public enum Ids
{
    None,

    /// <summary>
    /// Those of the user, which the client makes itself.
    /// </summary>
    OfUser,

    All,
}
