using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace SessionManager.Internal.Storage.Documents;

/// <summary>
/// The fields of a stored document that are read as if they were missing, since they hold what they cannot.
/// </summary>
/// <remarks>Mutable, and passed by reference: a document without damage allocates nothing.</remarks>
internal struct DamagedFields
{
    private static readonly long MinTime = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long MaxTime = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private List<string>? _paths;

    public readonly bool Any => _paths is not null;

    public void Add(string path) => (_paths ??= []).Add(path);

    /// <summary>
    /// Skips a value of a wrong type. Null is none: it says that there is no value.
    /// </summary>
    public void Skip(IBsonReader reader, string path)
    {
        if (reader.CurrentBsonType is not (BsonType.Null or BsonType.Undefined))
        {
            Add(path);
        }

        reader.SkipValue();
    }

    /// <summary>
    /// Reads a time. One of a wrong type, or beyond the years of a <see cref="DateTimeOffset"/>, is the default.
    /// </summary>
    public DateTimeOffset ReadTime(IBsonReader reader, string path)
    {
        if (reader.CurrentBsonType != BsonType.DateTime)
        {
            Skip(reader, path);
            return default;
        }

        var time = ToTime(reader.ReadDateTime());
        if (time is null)
        {
            Add(path);
        }

        return time ?? default;
    }

    /// <summary>
    /// Gets the time that a number of milliseconds stands for, or null beyond the years of a <see cref="DateTimeOffset"/>.
    /// </summary>
    public static DateTimeOffset? ToTime(long milliseconds) =>
        MinTime <= milliseconds && milliseconds <= MaxTime ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;

    /// <summary>
    /// Returns the paths of the fields, for the log.
    /// </summary>
    public override readonly string ToString() => string.Join(", ", _paths ?? []);
}
