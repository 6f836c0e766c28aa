namespace SessionManager.Internal.Shared;

/// <summary>
/// What a pipeline says of all of its runs.
/// </summary>
/// <param name="Window">How much of the history the model gets to see, or null for all.</param>
/// <param name="UserMessagesOnly">Whether requests come from somebody who is not trusted with messages of other roles.</param>
/// <param name="Provider">The provider of the model, or null where its client does not say.</param>
internal readonly record struct SessionRunOptions(HistoryWindow? Window, bool UserMessagesOnly, string? Provider);
