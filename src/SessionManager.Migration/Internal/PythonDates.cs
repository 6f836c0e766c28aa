using System.Globalization;
using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// Reads the dates that versions of the Python library and other programs have stored: dates, ISO 8601 text, numbers since 1970.
/// </summary>
internal static class PythonDates
{
    // Seconds until the year 5138, milliseconds since March 1973: a number is what makes it a date of sessions.
    private const double FirstMilliseconds = 1e11;

    private static readonly double MinMilliseconds = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly double MaxMilliseconds = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>
    /// Reads a date, to the millisecond; null where it is none.
    /// </summary>
    public static BsonDateTime? Read(BsonValue? value) => value switch
    {
        BsonDateTime date => date,
        BsonString text => Read(text.Value),
        BsonInt32 or BsonInt64 or BsonDouble or BsonDecimal128 => Read(value.ToDouble()),
        _ => null,
    };

    private static BsonDateTime? Read(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? new BsonDateTime(time.ToUnixTimeMilliseconds())
            : null;

    private static BsonDateTime? Read(double number)
    {
        var milliseconds = Math.Abs(number) < FirstMilliseconds ? number * 1000 : number;
        return milliseconds >= MinMilliseconds && milliseconds <= MaxMilliseconds ? new BsonDateTime((long)Math.Floor(milliseconds)) : null;
    }
}
