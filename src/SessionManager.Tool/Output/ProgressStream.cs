namespace SessionManager.Tool.Output;

/// <summary>
/// Shows on a bar how much of a file was read or written. It does not dispose the file.
/// </summary>
internal sealed class ProgressStream(Stream file, ProgressView.Bar bar, long? length) : Stream
{
    private const int Step = 256 * 1024;

    private long _count;
    private long _reported;

    public override bool CanRead => file.CanRead;

    public override bool CanWrite => file.CanWrite;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await file.ReadAsync(buffer, cancellationToken);
        Report(count);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await file.WriteAsync(buffer, cancellationToken);
        Report(buffer.Length);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => file.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Report(int count)
    {
        _count += count;
        if (_count - _reported >= Step)
        {
            _reported = _count;
            bar.Report(_count, length, length is { } all ? $"of {all:N0}" : "so far");
        }
    }
}
