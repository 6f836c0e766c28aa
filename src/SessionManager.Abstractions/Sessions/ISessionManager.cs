using Microsoft.Extensions.AI;

namespace SessionManager;

/// <summary>
/// Persists one session: the messages, state, configuration and metrics of its agents, its metadata and feedback.
/// </summary>
/// <remarks>
/// <para>
/// Thread-safe: one session manager may be used from concurrent tasks, and several session managers of the same session,
/// in one process or in many, never corrupt each other. Messages that one session manager appends for one agent are
/// stored in the order of the calls.
/// </para>
/// <para>
/// Errors of the server reach the caller as the driver throws them, and so does what a hook throws. A call that fails or is
/// cancelled has either taken effect completely or not at all, unless its member says more, and the session manager can be
/// used again.
/// </para>
/// <para>
/// The caller disposes it. Disposal sends nothing and closes no connection: those belong to the client. Afterwards every
/// method throws <see cref="ObjectDisposedException"/>.
/// </para>
/// </remarks>
public partial interface ISessionManager : IAsyncDisposable
{
    /// <summary>
    /// Gets the id that the session has for its owner.
    /// </summary>
    string SessionId { get; }

    /// <summary>
    /// Gets the owner of the session.
    /// </summary>
    /// <value>Never null; <see cref="SessionOwner.None"/> where nobody owns it.</value>
    SessionOwner Owner { get; }

    /// <summary>
    /// Gets the application name that the session was created with.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The name, or null when the session does not exist or was created without one.</returns>
    Task<string?> GetApplicationNameAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets what a list shows of the session.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The session, or null when it does not exist.</returns>
    Task<SessionInfo?> GetSessionAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives the session a title, as a person. None that a model gives takes its place.
    /// </summary>
    /// <param name="title">The title, not blank and at most 200 characters; null takes the title away, whoever gave it, and a model may give one again.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that ends when the title is stored.</returns>
    /// <exception cref="ArgumentException">The title is blank, too long, or has half of a surrogate pair.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    Task SetTitleAsync(string? title, CancellationToken cancellationToken = default);

    /// <summary>
    /// Creates the session where it does not exist, without an agent. <see cref="InitializeAsync(ISessionAgent, CancellationToken)"/> does so by itself.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True when this call created it.</returns>
    Task<bool> CreateSessionAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Creates the session where it does not exist, without an agent, together with its metadata: in one write, so that it is never
    /// there without that.
    /// </summary>
    /// <param name="metadata">
    /// The fields to set, as <see cref="UpdateMetadataAsync"/> takes them. An empty dictionary is the same as none: no hook is called.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True when this call created it. False when it exists, or when a hook vetoed it: nothing was written then.</returns>
    /// <exception cref="ArgumentException">
    /// A key or a value cannot be stored, as <see cref="UpdateMetadataAsync"/> says. Nothing was written, whether the session exists or not.
    /// </exception>
    Task<bool> CreateSessionAsync(IReadOnlyDictionary<string, object?> metadata, CancellationToken cancellationToken = default);

    /// <summary>
    /// Tells whether the session exists.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True when it does.</returns>
    Task<bool> SessionExistsAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Deletes the session with all its messages.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call. What was not deleted then is by the next call.</param>
    /// <returns>True when the session existed.</returns>
    Task<bool> DeleteSessionAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Redacts the latest message of an agent that this session manager knows of, or, where it has neither loaded nor appended
    /// any, the latest one that is stored: what is shown and sent to models from then on is another message. The metrics of the
    /// message stay.
    /// </summary>
    /// <param name="redactMessage">The message to show instead.</param>
    /// <param name="agent">The agent.</param>
    /// <param name="details">Why it is redacted, or null for an event with the action <c>BLOCKED</c> and nothing else.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// The position of the redacted message, or null when the agent has no messages or does not exist; nothing was written then.
    /// </returns>
    /// <remarks>
    /// The original stays stored as <see cref="SessionMessage.Message"/>, unless the options say that redacted messages
    /// are erased. The redaction is recorded with the message in the same atomic update. What lists show of the session follows: with
    /// the next sync where the message has not been synced yet, else by an update of its own. Where the call fails in between, or its process ends, the
    /// beginning of the original may stay in <see cref="SessionInfo.Preview"/> until the next turn; call it again.
    /// </remarks>
    /// <exception cref="ArgumentException">The agent's id, the message or the details cannot be stored.</exception>
    Task<int?> RedactLatestMessageAsync(
        ChatMessage redactMessage,
        ISessionAgent agent,
        RedactionDetails? details = null,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists the redactions of all agents of the session, oldest first, without their traces.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>One event for each redacted message; empty when there is none.</returns>
    Task<IReadOnlyList<GuardrailEvent>> ListGuardrailEventsAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Adds feedback.
    /// </summary>
    /// <param name="feedback">The feedback.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The feedback as it was stored, or null when a hook vetoed it.</returns>
    /// <exception cref="ArgumentException">
    /// A further field has a name or a value that cannot be stored, or a message is named without its agent or an agent without a message.
    /// </exception>
    /// <exception cref="MessageNotFoundException">The message that the feedback is about does not exist.</exception>
    /// <exception cref="SessionNotFoundException">The session does not exist.</exception>
    Task<Feedback?> AddFeedbackAsync(Feedback feedback, CancellationToken cancellationToken = default);

    /// <summary>
    /// Removes feedback.
    /// </summary>
    /// <param name="feedbackId">The <see cref="Feedback.Id"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True when it was removed; false when it is not there, or a hook vetoed it.</returns>
    /// <exception cref="ArgumentException">The id is null or empty, or no well-formed text.</exception>
    Task<bool> DeleteFeedbackAsync(string feedbackId, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gets all feedback in the order in which it was added.
    /// </summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The feedback; empty when the session does not exist.</returns>
    Task<IReadOnlyList<Feedback>> GetFeedbacksAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Lists feedback, page by page, in the order in which it was added.
    /// </summary>
    /// <param name="query">Selects the feedback and the page.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The page; empty when the session does not exist.</returns>
    /// <exception cref="ArgumentException">
    /// The limit is out of its range, a position is given without its agent, an id cannot be one, or <see cref="FeedbackQuery.After"/> is not the end of a page.
    /// </exception>
    Task<FeedbackPage> ListFeedbacksAsync(FeedbackQuery query, CancellationToken cancellationToken = default);
}
