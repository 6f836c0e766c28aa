namespace SessionManager.Protocol.Checking;

internal enum StepKind
{
    /// <summary>A command is carried out and answered.</summary>
    CarryOut,

    /// <summary>A command of which nobody hears any more is carried out.</summary>
    CarryOutLate,

    /// <summary>A writer looks whether it still has to wait.</summary>
    Poll,

    /// <summary>A run gives its sign of life.</summary>
    Renew,

    /// <summary>A command is carried out, and its answer lost.</summary>
    LoseAnswer,

    /// <summary>The caller is cancelled. The command comes later, or never.</summary>
    Cancel,

    /// <summary>The driver sends a command once more, with the first copy still on its way.</summary>
    Resend,

    /// <summary>A writer's process ends. What it has sent comes later, or never.</summary>
    Kill,

    /// <summary>A term passes.</summary>
    PassTime,

    /// <summary>All is quiet: one more turn, and what is left of deleted sessions goes.</summary>
    End,
}
