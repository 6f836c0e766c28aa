using System.Collections.ObjectModel;
using MongoDB.Bson;
using SessionManager.Internal.Storage.Documents.Values;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The filter and the order of a list of sessions.
/// </summary>
internal static class SessionListing
{
    // A date that a DateTimeOffset holds. A comparison finds values of its own type only.
    private static BsonDocument ToTimed(DateTimeOffset last) => new()
    {
        { "$gt", new BsonDateTime(DateTimeOffset.MinValue.ToUnixTimeMilliseconds()) },
        { "$lte", new BsonDateTime(last.ToUnixTimeMilliseconds()) },
    };

    public static BsonDocument ToFilter(SessionQuery query)
    {
        // A deleted session is none.
        var conditions = new BsonArray { new BsonDocument(Fields.Deleted, new BsonDocument("$exists", false)) };
        if (query.ApplicationName is not null)
        {
            conditions.Add(new BsonDocument(Fields.ApplicationName, query.ApplicationName));
        }

        if (query.Owner is not null)
        {
            conditions.Add(OwnerDocument.ToFilter(query.Owner));
        }

        AddMetadata(conditions, query.Metadata);
        AddRange(conditions, Fields.CreatedAt, query.CreatedFrom, query.CreatedBefore);
        AddRange(conditions, Fields.UpdatedAt, query.UpdatedFrom, query.UpdatedBefore);
        return new BsonDocument("$and", conditions);
    }

    /// <summary>
    /// Gets the filter for the sessions that have a time, behind a cursor.
    /// </summary>
    public static BsonDocument ToTimedFilter(SessionQuery query, SessionCursor? after)
    {
        var field = GetTimeField(query.Order);
        // From the cursor's time on, so that the index is not read from its begin for each page.
        var conditions = new BsonArray { ToFilter(query), new BsonDocument(field, ToTimed(after?.Time ?? DateTimeOffset.MaxValue)) };
        if (after is not null)
        {
            AddAfter(conditions, field, after);
        }

        return new BsonDocument("$and", conditions);
    }

    /// <summary>
    /// Gets the filter for the sessions whose time cannot be read. They come last, by their ids.
    /// </summary>
    public static BsonDocument ToUntimedFilter(SessionQuery query, SessionCursor? after)
    {
        var ids = after is { } cursor && !HasTime(cursor.Time) ? new BsonDocument("$lt", cursor.SessionId) : new BsonDocument("$gte", "");
        return new BsonDocument("$and", new BsonArray
        {
            ToFilter(query),
            new BsonDocument(GetTimeField(query.Order), new BsonDocument("$not", ToTimed(DateTimeOffset.MaxValue))),
            new BsonDocument(Fields.Id, ids),
        });
    }

    /// <summary>
    /// Tells whether a time was read: the default stands for none.
    /// </summary>
    public static bool HasTime(DateTimeOffset time) => time > DateTimeOffset.MinValue;

    public static BsonDocument UntimedSort { get; } = new(Fields.Id, -1);

    public static BsonDocument ToSort(SessionOrder order) => new() { { GetTimeField(order), -1 }, { Fields.Id, -1 } };

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
        var time = new BsonDateTime(cursor.Time.UtcDateTime);
        conditions.Add(new BsonDocument("$or", new BsonArray
        {
            new BsonDocument(field, new BsonDocument("$lt", time)),
            new BsonDocument { { field, time }, { Fields.Id, new BsonDocument("$lt", cursor.SessionId) } },
        }));
    }
}
