using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SessionManager.Tool.Output;

/// <summary>
/// Times, numbers and values as a person reads them.
/// </summary>
internal static class Format
{
    private static readonly JsonSerializerOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Time(DateTimeOffset time) =>
        time == default ? "–" : time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>
    /// Gets the parts of an owner, of which each may be left out.
    /// </summary>
    public static string Owner(SessionOwner owner) => owner.IsNone ? "–" : $"{owner.Tenant ?? "–"} / {owner.User ?? "–"}";

    public static string Json(object? value) => JsonSerializer.Serialize(value, Line);

    public static string Count(long count, string name) => $"{count.ToString("N0", CultureInfo.InvariantCulture)} {name}{(count == 1 ? "" : "s")}";
}
