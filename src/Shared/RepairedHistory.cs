namespace SessionManager.Internal.Shared;

/// <summary>
/// A history that model providers accept, and what was done to get there.
/// </summary>
internal readonly record struct RepairedHistory(IReadOnlyList<HistoryMessage> Messages, HistoryRepair Repair);
