namespace SessionManager;

/// <summary>
/// Names the operation on metadata that a hook is called for.
/// </summary>
public enum MetadataAction
{
    /// <summary>Fields are set.</summary>
    Update,

    /// <summary>Fields are read.</summary>
    Get,

    /// <summary>Fields are removed.</summary>
    Delete,

    /// <summary>The session is created together with fields.</summary>
    Create,

    /// <summary>An amount is added to a field.</summary>
    Increment,
}
