namespace SessionManager.Internal.Shared;

/// <summary>
/// A tool call in a history.
/// </summary>
/// <param name="message">The index of its message.</param>
/// <param name="content">The index in the contents of the message.</param>
/// <param name="id">Its id.</param>
internal sealed class Call(int message, int content, string id)
{
    public int Message => message;

    public int Content => content;

    public string Id => id;

    public bool HasResult { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the messages that follow the history hold its result.
    /// </summary>
    public bool IsAnsweredLater { get; set; }
}
