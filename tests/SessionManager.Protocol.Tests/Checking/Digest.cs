using System.Numerics;
using System.Runtime.InteropServices;

namespace SessionManager.Protocol.Checking;

/// <summary>
/// Stands for a text, in 16 bytes. Among a million of them two are the same once in 10^26 times, if they are spread well.
/// </summary>
internal readonly record struct Digest(ulong High, ulong Low)
{
    private const ulong First = 0x9E3779B97F4A7C15;
    private const ulong Second = 0xC2B2AE3D27D4EB4F;

    public static Digest Of(string text) => new Digest(First, Second).With(text);

    public Digest With(string text)
    {
        var (high, low) = (High ^ (ulong)text.Length, Low);
        var bytes = MemoryMarshal.AsBytes(text.AsSpan());
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            Mix(ref high, ref low, MemoryMarshal.Read<ulong>(bytes));
        }

        var rest = 0UL;
        foreach (var part in bytes)
        {
            rest = (rest << 8) | part;
        }

        Mix(ref high, ref low, rest);
        return new Digest(Spread(high), Spread(low + high));
    }

    private static void Mix(ref ulong high, ref ulong low, ulong block)
    {
        high = BitOperations.RotateLeft((high ^ block) * First, 31) + low;
        low = BitOperations.RotateLeft((low + block) * Second, 29) ^ high;
    }

    private static ulong Spread(ulong value)
    {
        value = (value ^ (value >> 33)) * Second;
        value = (value ^ (value >> 29)) * First;
        return value ^ (value >> 32);
    }
}
