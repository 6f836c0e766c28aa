using System.Text.Json;
using MongoDB.Bson;

namespace SessionManager.Internal.Storage.Files;

/// <summary>
/// Reads the lines of an export, one at a time.
/// </summary>
internal sealed class SessionFileReader(Stream source)
{
    private const int StartSize = 64 * 1024;

    // MongoDB's 100 levels, each of the innermost values in up to two objects that say its type, and the line.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 128 };

    private byte[] _buffer = new byte[StartSize];
    private int _start;
    private int _end;

    /// <summary>
    /// Gets the number of the line that was read last, or is being read; from 1.
    /// </summary>
    public long Line { get; private set; }

    /// <summary>
    /// Gets the bytes of the line that was read last.
    /// </summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>
    /// Reads the first line.
    /// </summary>
    /// <exception cref="SessionFileException">It is not that of an export, or of one of another version.</exception>
    public async Task ReadHeaderAsync(CancellationToken cancellationToken)
    {
        if (!await ReadLineAsync(cancellationToken).ConfigureAwait(false) || !TryReadVersion(Bytes.Span, out var version))
        {
            throw new SessionFileException(1, "The file is no export of sessions.");
        }

        if (version != SessionFile.Version)
        {
            throw new SessionFileException(1, $"The file has the version {version}; this release knows {SessionFile.Version}. Import it with the release that knows it.", version);
        }
    }

    /// <summary>
    /// Reads the next line.
    /// </summary>
    /// <returns>What it is, and the document that it has; null at the end of the file.</returns>
    /// <exception cref="FormatException">It is no line of an export. The message has nothing of the content.</exception>
    public async Task<(string Kind, BsonDocument Document)?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await ReadLineAsync(cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        try
        {
            return Parse(Bytes.Span);
        }
        catch (JsonException e)
        {
            throw new FormatException($"It is no JSON, at byte {e.BytePositionInLine}.");
        }
        catch (InvalidOperationException)
        {
            throw new FormatException("A text in it has no form in UTF-8.");
        }
    }

    private static (string Kind, BsonDocument Document) Parse(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject || !reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
        {
            throw new FormatException("It is no object.");
        }

        var kind = FindKind(ref reader) ?? throw new FormatException("It is none of the kinds that this release knows.");
        reader.Read();
        var document = ExtendedJsonReader.ReadDocument(ref reader);
        return reader.Read() && reader.TokenType == JsonTokenType.EndObject && !reader.Read()
            ? (kind, document)
            : throw new FormatException("There is more in it than one document.");
    }

    private static string? FindKind(ref Utf8JsonReader reader)
    {
        foreach (var kind in (string[])[SessionFile.Message, SessionFile.Session, SessionFile.Feedback, SessionFile.End, SessionFile.Deleted, SessionFile.Complete])
        {
            if (reader.ValueTextEquals(kind))
            {
                return kind;
            }
        }

        return null;
    }

    private static bool TryReadVersion(ReadOnlySpan<byte> line, out long version)
    {
        version = 0;
        try
        {
            var reader = new Utf8JsonReader(line);
            using var header = JsonDocument.ParseValue(ref reader);
            return header.RootElement.ValueKind == JsonValueKind.Object
                && header.RootElement.TryGetProperty(SessionFile.FormatName, out var format)
                && format.ValueKind == JsonValueKind.String
                && format.ValueEquals(SessionFile.Format)
                && header.RootElement.TryGetProperty(SessionFile.VersionName, out var number)
                && number.ValueKind == JsonValueKind.Number
                && number.TryGetInt64(out version);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private async Task<bool> ReadLineAsync(CancellationToken cancellationToken)
    {
        Line++;
        var searched = 0;
        while (true)
        {
            var length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                Bytes = _buffer.AsMemory(_start, searched + length);
                _start += searched + length + 1;
                return true;
            }

            searched = _end - _start;
            if (searched > SessionFile.MaxLine)
            {
                throw new SessionFileException(Line, $"It is longer than {SessionFile.MaxLine} bytes.");
            }

            MakeRoom();
            var read = await source.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                Bytes = _buffer.AsMemory(_start, searched);
                _start = _end;
                return searched > 0;
            }

            _end += read;
        }
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
        {
            return;
        }

        var length = _end - _start;
        // Small again after a long line.
        var buffer = length > _buffer.Length / 2 ? new byte[2 * _buffer.Length] : length < StartSize / 2 && _buffer.Length > StartSize ? new byte[StartSize] : _buffer;
        _buffer.AsSpan(_start, length).CopyTo(buffer);
        (_buffer, _start, _end) = (buffer, 0, length);
    }
}
