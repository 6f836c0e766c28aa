using System.Collections.Frozen;

namespace SessionManager.Internal.Storage.Documents.Contents;

/// <summary>A media type that the Converse format has a block for.</summary>
internal sealed record MediaFormat(string Block, string Format, string MediaType)
{
    private static readonly MediaFormat[] All =
    [
        new(MessageNames.Image, "png", "image/png"),
        new(MessageNames.Image, "jpeg", "image/jpeg"),
        new(MessageNames.Image, "gif", "image/gif"),
        new(MessageNames.Image, "webp", "image/webp"),
        new(MessageNames.Video, "mp4", "video/mp4"),
        new(MessageNames.Video, "webm", "video/webm"),
        new(MessageNames.Video, "mov", "video/quicktime"),
        new(MessageNames.Video, "mkv", "video/x-matroska"),
        new(MessageNames.Video, "flv", "video/x-flv"),
        new(MessageNames.Video, "mpeg", "video/mpeg"),
        new(MessageNames.Video, "mpg", "video/mpg"),
        new(MessageNames.Video, "wmv", "video/x-ms-wmv"),
        new(MessageNames.Video, "three_gp", "video/3gpp"),
        new(MessageNames.Document, "pdf", "application/pdf"),
        new(MessageNames.Document, "csv", "text/csv"),
        new(MessageNames.Document, "doc", "application/msword"),
        new(MessageNames.Document, "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        new(MessageNames.Document, "xls", "application/vnd.ms-excel"),
        new(MessageNames.Document, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        new(MessageNames.Document, "html", "text/html"),
        new(MessageNames.Document, "txt", "text/plain"),
        new(MessageNames.Document, "md", "text/markdown"),
    ];

    private static readonly FrozenDictionary<string, MediaFormat>.AlternateLookup<ReadOnlySpan<char>> ByMediaType = All
        .Select(format => KeyValuePair.Create(format.MediaType, format))
        .Append(KeyValuePair.Create("image/jpg", Find(MessageNames.Image, "jpeg")!))
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase)
        .GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Finds the format of a media type, whatever its case and parameters.</summary>
    public static MediaFormat? Find(string mediaType)
    {
        var essence = mediaType.AsSpan();
        var parameters = essence.IndexOf(';');
        essence = (parameters < 0 ? essence : essence[..parameters]).Trim();
        return ByMediaType.TryGetValue(essence, out var format) ? format : null;
    }

    /// <summary>Finds the format of a stored block.</summary>
    public static MediaFormat? Find(string block, string? format)
        => Array.Find(All, known => known.Format == format && known.Block == block);
}
