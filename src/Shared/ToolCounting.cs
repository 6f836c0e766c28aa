namespace SessionManager.Internal.Shared;

/// <summary>
/// Says how a run counts the tools whose results it stores.
/// </summary>
internal enum ToolCounting
{
    /// <summary>
    /// Not at all, where nothing else is known of what the run costs.
    /// </summary>
    None,

    /// <summary>
    /// With a time of zero, where the time that they took is part of the model call's.
    /// </summary>
    WithoutTime,

    /// <summary>
    /// With the time between the answer that calls them and the next model call, where their results come with a request.
    /// </summary>
    BetweenModelCalls,
}
