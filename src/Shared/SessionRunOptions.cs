namespace SessionManager.Internal.Shared;

/// <summary>
/// What a pipeline says of its runs.
/// </summary>
/// <param name="Window">How much of the history the model gets to see, or null for all.</param>
/// <param name="UserMessagesOnly">Whether requests come from somebody who is not trusted with messages of other roles.</param>
/// <param name="WhenBusy">What happens where another run of the agent goes on.</param>
/// <param name="Provider">The provider of the model, or null where its client does not say.</param>
internal readonly record struct SessionRunOptions(HistoryWindow? Window, bool UserMessagesOnly, WhenBusy WhenBusy, string? Provider)
{
    /// <summary>
    /// Gets the number of messages after which the history goes on anew; null for its end.
    /// </summary>
    public int? RewindTo { get; init; }

    /// <summary>
    /// Gets a value indicating whether the session must exist.
    /// </summary>
    public bool RequireExisting { get; init; }

    /// <summary>
    /// Gets the options of one request.
    /// </summary>
    public SessionRunOptions For(SessionRequest? request) =>
        request is null ? this : this with
        {
            WhenBusy = request.WhenBusy ?? WhenBusy,
            RewindTo = request.RewindTo,
            RequireExisting = request.RequireExisting ?? RequireExisting,
        };
}
