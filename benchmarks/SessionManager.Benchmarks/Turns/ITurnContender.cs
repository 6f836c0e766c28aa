namespace SessionManager.Benchmarks.Turns;

/// <summary>
/// A way to keep sessions, through which a whole turn goes.
/// </summary>
internal interface ITurnContender
{
    /// <summary>
    /// Gets what the table calls it.
    /// </summary>
    string Name { get; }

    /// <summary>
    /// Stores sessions that have a number of messages each, half of them questions.
    /// </summary>
    Task StoreAsync(IReadOnlyList<string> sessionIds, int messageCount);

    /// <summary>
    /// Loads a session, stores the question, asks the model, stores the answer, and notes that the session was used.
    /// </summary>
    Task RunAsync(string sessionId, string question);

    /// <summary>
    /// Gets how many bytes of BSON a stored message takes on average, in sessions that have had turns.
    /// </summary>
    Task<double> GetMessageSizeAsync();
}
