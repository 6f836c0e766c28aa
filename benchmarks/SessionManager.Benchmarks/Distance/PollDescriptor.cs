using System.Runtime.InteropServices;

namespace SessionManager.Benchmarks.Distance;

/// <summary>
/// The <c>pollfd</c> of the C library.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor
{
    public const short Readable = 1;
    public const short Writable = 4;

    public int Descriptor;
    public short Events;
    public short Results;
}
