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
    /// Messages of a deleted session that the sweep should have removed by now.
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
    /// Positions that no message has, before one that has one.
    /// </summary>
    Gap,

    /// <summary>
    /// A message that cannot be read.
    /// </summary>
    DamagedMessage,

    /// <summary>
    /// A document among the messages that is none by its key.
    /// </summary>
    ForeignMessage,

    /// <summary>
    /// A session whose agents, or the history of one, cannot be read.
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
    /// A run that has neither ended nor given a sign of life for longer than it may.
    /// </summary>
    StuckRun,

    /// <summary>
    /// An index that sessions need is missing.
    /// </summary>
    MissingIndex,
}
