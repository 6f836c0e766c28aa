using System.Globalization;
using MongoDB.Driver;
using MongoDB.Driver.Core.Compression;

namespace SessionManager.Internal.Storage.Mongo.Client;

/// <summary>
/// Turns the texts of client options into the driver's values.
/// </summary>
internal static class ClientOptionText
{
    public const string WriteConcernFault =
        "must be 'majority', a number from 1 on, or the name of a write concern of the replica set";

    public const string CompressorNames = "zstd, zlib, snappy";

    public static bool TryReadWriteConcern(string text, out WriteConcern.WValue? value)
    {
        value = null;
        if (text.Length == 0
            || text.AsSpan().Trim().Length != text.Length
            || text.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        if (string.Equals(text, "majority", StringComparison.OrdinalIgnoreCase))
        {
            value = WriteConcern.WMajority.W;
            return true;
        }

        // The driver takes a number that it cannot hold for a name, and the server then refuses every write.
        if (char.IsAsciiDigit(text[0]) || text[0] is '-' or '+')
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0)
            {
                return false;
            }

            value = count;
            return true;
        }

        value = text;
        return true;
    }

    public static bool IsCompressor(string? name) => ReadCompressor(name) is not CompressorType.Noop;

    /// <summary>Gives the algorithm; <see cref="CompressorType.Noop"/> for a name that is none.</summary>
    public static CompressorType ReadCompressor(string? name) => name?.ToLowerInvariant() switch
    {
        "zstd" => CompressorType.ZStandard,
        "zlib" => CompressorType.Zlib,
        "snappy" => CompressorType.Snappy,
        _ => CompressorType.Noop,
    };
}
