using System.Security.Cryptography;
using System.Text;

namespace SessionManager.Internal.Sessions;

/// <summary>
/// Identifies the configuration of a live agent, field by field: a sync writes a field when its fingerprint has changed.
/// </summary>
internal readonly record struct ConfigFingerprint(string Model, string SystemPrompt)
{
    private const int HashLength = 16;
    private const char Separator = ':';

    public static ConfigFingerprint None { get; } = new("", "");

    public static ConfigFingerprint Of(string? model, string? systemPrompt) => new(Hash(model), Hash(systemPrompt));

    /// <summary>
    /// Reads what <see cref="ToString"/> has written; anything else is <see cref="None"/>.
    /// </summary>
    public static ConfigFingerprint Parse(string? text) =>
        text?.Split(Separator) is [var model, var systemPrompt] ? new ConfigFingerprint(model, systemPrompt) : None;

    /// <summary>
    /// Replaces the fields that the other one has.
    /// </summary>
    public ConfigFingerprint With(ConfigFingerprint other) => new(
        other.Model.Length == 0 ? Model : other.Model,
        other.SystemPrompt.Length == 0 ? SystemPrompt : other.SystemPrompt);

    public override string ToString() => $"{Model}{Separator}{SystemPrompt}";

    private static string Hash(string? text) =>
        string.IsNullOrEmpty(text) ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashLength];
}
