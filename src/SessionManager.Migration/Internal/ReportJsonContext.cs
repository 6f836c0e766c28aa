using System.Text.Json.Serialization;

namespace SessionManager.Internal;

/// <summary>
/// How a report is written as JSON, without reflection.
/// </summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(CamelCaseConverter<PythonMigrationOutcome>), typeof(CamelCaseConverter<PythonMigrationFindingKind>)])]
[JsonSerializable(typeof(PythonMigrationReport))]
internal sealed partial class ReportJsonContext : JsonSerializerContext;
