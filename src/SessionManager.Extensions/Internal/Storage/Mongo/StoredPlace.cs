namespace SessionManager.Internal.Storage.Mongo;

/// <summary>
/// Where a document stands that is stored beside its session.
/// </summary>
/// <param name="Id">Its <c>_id</c>.</param>
/// <param name="SessionId">Its session; null where its <c>_id</c> and its fields name no one session.</param>
/// <param name="Branch">The branch that it belongs to.</param>
internal sealed record StoredPlace(string Id, string? SessionId, int Branch);
