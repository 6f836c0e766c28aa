using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Tool.Doctor;

/// <summary>
/// The indexes of the two collections, as docs/documents.md names them, and as they are.
/// </summary>
internal static class IndexList
{
    private const string Id = "_id_";
    private const string Expiry = "expires_at_1";

    private static readonly string[] OfSessions =
    [
        "created_at_-1__id_-1",
        "updated_at_-1__id_-1",
        "application_name_1_created_at_-1__id_-1",
        "owner.tenant_1_owner.user_1_created_at_-1__id_-1",
        "owner.tenant_1_owner.user_1_updated_at_-1__id_-1",
        "sweep_at_1",
    ];
    private static readonly string[] OfMessages = ["session_id_1_guardrail_event.timestamp_1"];
    private static readonly string[] OfFeedback = ["session_id_1_created_at_1__id_1"];

    public static async Task<IReadOnlyList<ListedIndex>> ReadAsync(
        Place place, IReadOnlyList<string> metadataFields, bool expires, CancellationToken cancellationToken)
    {
        string[] expiry = expires ? [Expiry] : [];
        string[] ofSessions = [.. OfSessions, .. metadataFields.Select(StoredLayout.ToMetadataIndex), .. expiry];
        return
        [
            .. await ReadAsync(place.Sessions, ofSessions, cancellationToken),
            .. await ReadAsync(place.Messages, [.. OfMessages, .. expiry], cancellationToken),
            .. await ReadAsync(place.Feedback, [.. OfFeedback, .. expiry], cancellationToken),
        ];
    }

    private static async Task<IEnumerable<ListedIndex>> ReadAsync(
        IMongoCollection<RawBsonDocument> collection, string[] expected, CancellationToken cancellationToken)
    {
        using var cursor = await collection.Indexes.ListAsync(cancellationToken);
        var found = (await cursor.ToListAsync(cancellationToken)).ConvertAll(static index => index["name"].AsString);
        var name = collection.CollectionNamespace.CollectionName;
        return
        [
            .. expected.Select(index => new ListedIndex(name, index, found.Contains(index) ? IndexState.Present : IndexState.Missing)),
            .. found.Except(expected, StringComparer.Ordinal).Where(static index => index != Id).Select(index => new ListedIndex(name, index, IndexState.Other)),
        ];
    }
}
