namespace SessionManager;

/// <summary>
/// Names the kinds of <see cref="PythonMigrationFinding"/>.
/// </summary>
public enum PythonMigrationFindingKind
{
    /// <summary>
    /// An interrupt of the agent waits for an answer. It is carried over, and nothing in .NET resumes it.
    /// </summary>
    OpenInterrupt = 0,

    /// <summary>
    /// Feedback names a message by a number that several messages have, or none. It no longer names a message; the number is kept as
    /// <c>python_message_id</c>.
    /// </summary>
    UnresolvedFeedback = 1,

    /// <summary>
    /// A key of metadata with a dot in it cannot become a nested field, since something else is in its place. It is percent-encoded.
    /// </summary>
    MetadataConflict = 2,

    /// <summary>
    /// A field that should be a date is none. A message or feedback takes that of the one before it.
    /// </summary>
    UnreadableDate = 3,

    /// <summary>
    /// A message is one that cannot be read here. It is carried over, and reads of it throw <see cref="DamagedMessageException"/>.
    /// </summary>
    DamagedMessage = 4,

    /// <summary>
    /// Something among the agents, an agent's messages or the feedback is none of these. It is not carried over.
    /// </summary>
    NotCarriedOver = 5,

    /// <summary>
    /// The id of an agent is one that no session manager takes. Its messages are carried over, and nothing here can ask for them.
    /// </summary>
    UnusableAgentId = 6,
}
