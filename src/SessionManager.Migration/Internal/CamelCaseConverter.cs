using System.Text.Json;
using System.Text.Json.Serialization;

namespace SessionManager.Internal;

/// <summary>
/// Writes the names of an enumeration as those of properties are written.
/// </summary>
internal sealed class CamelCaseConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase)
    where TEnum : struct, Enum;
