using System.Text.Json;

namespace SessionManager;

/// <summary>
/// Represents how sessions are kept in memory.
/// </summary>
public sealed class InMemorySessionManagerOptions
{
    /// <summary>
    /// Gets or sets the name that new sessions carry as the application that created them.
    /// </summary>
    /// <value>The default is <see langword="null"/>, no name.</value>
    public string? ApplicationName { get; set; }

    /// <summary>
    /// Gets or sets the time after which a session that was not written to is gone, with all its messages.
    /// </summary>
    /// <value>The default is <see langword="null"/>, never. Otherwise it is more than zero.</value>
    public TimeSpan? SessionTtl { get; set; }

    /// <summary>
    /// Gets or sets how long a run is alive without another sign of life. It gives one three times as often.
    /// </summary>
    /// <value>The default is 30 seconds. It is more than zero.</value>
    public TimeSpan RunTerm { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Gets or sets a value indicating whether the original of a redacted message is erased instead of kept.
    /// </summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool EraseRedactedMessages { get; set; }

    /// <summary>
    /// Gets or sets the JSON options for message contents that need converters or types of the application's own.
    /// </summary>
    /// <value>The default is <see langword="null"/>, the defaults of Microsoft.Extensions.AI.</value>
    public JsonSerializerOptions? SerializerOptions { get; set; }
}
