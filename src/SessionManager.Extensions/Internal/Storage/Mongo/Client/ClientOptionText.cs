using System.Globalization;
using MongoDB.Driver;
using MongoDB.Driver.Core.Compression;

namespace SessionManager.Internal.Storage.Mongo.Client;

/// <summary>
/// Turns the texts of client options into the driver's values, or null where they have none.
/// </summary>
internal static class ClientOptionText
{
    public static WriteConcern.WValue? ReadWriteConcern(string text)
    {
        if (string.Equals(text, "majority", StringComparison.OrdinalIgnoreCase))
        {
            return WriteConcern.WMajority.W;
        }

        if (string.IsNullOrEmpty(text) || text.AsSpan().Trim().Length != text.Length)
        {
            return null;
        }

        // The driver takes a number that it cannot hold for a name, and the server then refuses every write.
        if (char.IsAsciiDigit(text[0]) || text[0] is '-' or '+')
        {
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
                ? new WriteConcern.WCount(count)
                : null;
        }

        return text;
    }

    public static CompressorType? ReadCompressor(string? name) => name?.ToLowerInvariant() switch
    {
        "zstd" => CompressorType.ZStandard,
        "zlib" => CompressorType.Zlib,
        "snappy" => CompressorType.Snappy,
        _ => null,
    };
}
