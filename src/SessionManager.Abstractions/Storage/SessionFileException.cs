using System.Globalization;

namespace SessionManager;

/// <summary>
/// Thrown when a file that is imported is none that an export has written whole, or one of a later version.
/// </summary>
/// <remarks>The message names the line and the fault, and nothing of the content. Sessions that stand before the line are imported; of the one that the
/// line belongs to, nothing is seen.</remarks>
public sealed class SessionFileException : Exception
{
    /// <summary>
    /// Initializes a new instance of the <see cref="SessionFileException"/> class.
    /// </summary>
    /// <param name="line">The number of the line, from 1.</param>
    /// <param name="fault">What is wrong with it: a sentence.</param>
    /// <param name="version">The version of the file, where it is one that is not known; else null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="fault"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="line"/> is less than 1.</exception>
    public SessionFileException(long line, string fault, long? version = null)
        : base(string.Create(CultureInfo.InvariantCulture, $"Line {line}: {fault}"))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(line, 1);
        ArgumentNullException.ThrowIfNull(fault);
        Line = line;
        Version = version;
    }

    /// <summary>
    /// Gets the number of the line, from 1.
    /// </summary>
    public long Line { get; }

    /// <summary>
    /// Gets the version of the file, where it is one that this release does not know.
    /// </summary>
    /// <value>Null for any other fault.</value>
    public long? Version { get; }
}
