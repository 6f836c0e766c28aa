using System.Collections.ObjectModel;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The filter and the pages of a list of sessions.
/// </summary>
internal static class SessionListing
{
    public static BsonDocument ToFilter(SessionQuery query)
    {
        var conditions = new BsonArray();
        if (query.ApplicationName is not null)
        {
            conditions.Add(new BsonDocument(Fields.ApplicationName, query.ApplicationName));
        }

        AddMetadata(conditions, query.Metadata);
        AddRange(conditions, Fields.CreatedAt, query.CreatedFrom, query.CreatedBefore);
        AddRange(conditions, Fields.UpdatedAt, query.UpdatedFrom, query.UpdatedBefore);
        if (query.After is not null)
        {
            AddAfter(conditions, GetTimeField(query.Order), SessionCursor.Parse(query.After, query.Order, $"{nameof(query)}.{nameof(query.After)}"));
        }

        return conditions.Count == 0 ? [] : new BsonDocument("$and", conditions);
    }

    public static BsonDocument ToSort(SessionOrder order) => new() { { GetTimeField(order), -1 }, { Fields.Id, -1 } };

    /// <summary>
    /// Makes a page of the sessions found, of which the last one beyond the limit only tells that there are more.
    /// </summary>
    public static SessionPage ToPage(List<SessionInfo> found, SessionQuery query)
    {
        if (found.Count <= query.Limit)
        {
            return new SessionPage { Sessions = found, Next = null };
        }

        found.RemoveRange(query.Limit, found.Count - query.Limit);
        var last = found[^1];
        var time = query.Order == SessionOrder.UpdatedAt ? last.UpdatedAt : last.CreatedAt;
        return new SessionPage
        {
            Sessions = found,
            Next = new SessionCursor(query.Order, new BsonDateTime(time.UtcDateTime), last.SessionId).ToText(),
        };
    }

    public static string GetTimeField(SessionOrder order) => order switch
    {
        SessionOrder.CreatedAt => Fields.CreatedAt,
        SessionOrder.UpdatedAt => Fields.UpdatedAt,
        _ => throw new ArgumentOutOfRangeException(nameof(order), order, "The order is not known."),
    };

    private static void AddMetadata(BsonArray conditions, IReadOnlyDictionary<string, object?>? metadata)
    {
        foreach (var (key, value) in metadata ?? ReadOnlyDictionary<string, object?>.Empty)
        {
            MetadataPaths.ThrowIfInvalid(key, "query");

            // $eq, so that a value is never read as an operator.
            var condition = new BsonDocument("$eq", MetadataValues.ToBson(value, $"query.{nameof(SessionQuery.Metadata)}['{key}']"));
            conditions.Add(new BsonDocument(MetadataPaths.ToPath(key), condition));
        }
    }

    private static void AddRange(BsonArray conditions, string field, DateTimeOffset? from, DateTimeOffset? before)
    {
        if (from is { } first)
        {
            conditions.Add(new BsonDocument(field, new BsonDocument("$gte", first.UtcDateTime)));
        }

        if (before is { } end)
        {
            conditions.Add(new BsonDocument(field, new BsonDocument("$lt", end.UtcDateTime)));
        }
    }

    private static void AddAfter(BsonArray conditions, string field, SessionCursor cursor)
    {
        // Behind the last session in both parts of the order, since several sessions can have one time.
        conditions.Add(new BsonDocument("$or", new BsonArray
        {
            new BsonDocument(field, new BsonDocument("$lt", cursor.Time)),
            new BsonDocument { { field, cursor.Time }, { Fields.Id, new BsonDocument("$lt", cursor.SessionId) } },
        }));
    }
}
