namespace SessionManager.Tool.Doctor;

/// <summary>
/// What may be wrong with what is stored.
/// </summary>
internal enum DoctorFindingKind
{
    /// <summary>
    /// Messages whose session does not exist.
    /// </summary>
    OrphanedMessages,

    /// <summary>
    /// Feedback whose session does not exist.
    /// </summary>
    OrphanedFeedback,

    /// <summary>
    /// Messages or feedback of a deleted session, or of the one that had the id before, that the sweep should have removed by now, or that came after it.
    /// </summary>
    OverdueSweep,

    /// <summary>
    /// Messages of an agent that the session does not have.
    /// </summary>
    OrphanedAgent,

    /// <summary>
    /// Messages of a migration that has not written its session yet.
    /// </summary>
    UnfinishedMigration,

    /// <summary>
    /// A session that waits for its other owner, and that the sweep should have given to it by now.
    /// </summary>
    UnfinishedAssignment,

    /// <summary>
    /// Positions of a branch that no message has: before one that has one, in a part that another branch goes on from, or at the end of
    /// what the history had for certain.
    /// </summary>
    Gap,

    /// <summary>
    /// A message that cannot be read, or whose fields say another place than its key, or another base than its branch has.
    /// </summary>
    DamagedMessage,

    /// <summary>
    /// A document among the messages that is none by its key, or a message at a position before its branch begins.
    /// </summary>
    ForeignMessage,

    /// <summary>
    /// Feedback without its entry, or whose fields say another place than its key, or that no page has a place for.
    /// </summary>
    DamagedFeedback,

    /// <summary>
    /// A document among the feedback that is none by its key, or that is of a later session of the id than there is.
    /// </summary>
    ForeignFeedback,

    /// <summary>
    /// A session whose agents, or the branch of one that has messages, cannot be read.
    /// </summary>
    DamagedSession,

    /// <summary>
    /// A session of the Python library.
    /// </summary>
    PythonLayout,

    /// <summary>
    /// A session of a release that this one does not know.
    /// </summary>
    LaterLayout,

    /// <summary>
    /// A run that has not ended, and whose time is over: it has given no sign of life for longer than it may, or was given up.
    /// </summary>
    StuckRun,

    /// <summary>
    /// An index that sessions need is missing.
    /// </summary>
    MissingIndex,
}
