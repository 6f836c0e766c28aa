using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.History;

/// <summary>
/// What an agent gets to see of what is stored.
/// </summary>
/// <param name="Messages">Its messages.</param>
/// <param name="RestoredCount">The number of stored messages among them.</param>
/// <param name="Repair">What was repaired.</param>
/// <param name="State">The conversation-manager state that goes with the messages.</param>
/// <param name="ReducerError">What the reducer has thrown, where it has not reduced them.</param>
internal sealed record LoadedHistory(
    IReadOnlyList<ChatMessage> Messages, int RestoredCount, HistoryRepair Repair, JsonObject State, Exception? ReducerError);
