using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using MongoDB.Driver;

namespace SessionManager;

/// <summary>
/// Represents where sessions are stored and how the MongoDB client that stores them is set up.
/// </summary>
/// <remarks>
/// A client option that is <see langword="null"/> takes the value that the connection string gives; where that is
/// silent too, the default named at the option. Client options have no effect on an <see cref="IMongoClient"/> that
/// comes from the container.
/// </remarks>
public sealed partial class MongoSessionManagerOptions
{
    /// <summary>
    /// Gets or sets the MongoDB connection string.
    /// </summary>
    /// <value>The default is <see langword="null"/>; an <see cref="IMongoClient"/> must then be registered.</value>
    /// <remarks>
    /// Starts with <c>mongodb://</c> or <c>mongodb+srv://</c>. It is never logged nor put into a message.
    /// </remarks>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// Gets or sets the name of the database.
    /// </summary>
    /// <value>The default is <see langword="null"/>, the database that the connection string names.</value>
    /// <remarks>At most 63 bytes of UTF-8, without <c>/ \ . " $</c>, white space or NUL.</remarks>
    public string? DatabaseName { get; set; }

    /// <summary>
    /// Gets or sets the name of the collection of sessions.
    /// </summary>
    /// <value>The default is <c>sessions</c>.</value>
    /// <remarks>
    /// Messages are in a second collection, <c>{CollectionName}_messages</c>. Without <c>$</c> or NUL, not starting
    /// with <c>system.</c> or a dot; the name of the second collection, with that of the database, is at most 255 bytes
    /// of UTF-8.
    /// </remarks>
    [Required]
    public string CollectionName { get; set; } = "sessions";

    /// <summary>
    /// Gets or sets the name that new sessions carry as the application that created them.
    /// </summary>
    /// <value>The default is <see langword="null"/>, no name.</value>
    /// <remarks>This is not the <c>appName</c> of the connection string, which the server sees.</remarks>
    public string? ApplicationName { get; set; }

    /// <summary>
    /// Gets or sets the metadata fields that get an index.
    /// </summary>
    /// <value>The default is an empty list.</value>
    /// <remarks>
    /// Paths such as <c>customer.tier</c>, without the leading <c>metadata.</c>; each once, at most 50, no segment
    /// empty or starting with <c>$</c>, no NUL.
    /// </remarks>
    [Required]
    public IList<string> MetadataFields { get; set; } = [];

    /// <summary>
    /// Gets or sets a value indicating whether the indexes are created: at host start, and else before a collection gets its
    /// first message from this process.
    /// </summary>
    /// <value>The default is <see langword="true"/>.</value>
    /// <remarks>
    /// Sessions and messages are found by their <c>_id</c>, which also keeps two writers from taking the same position: it
    /// needs no index but the one that every collection has. Without the others, listing sessions and guardrail events reads
    /// all of them, and <see cref="SessionTtl"/> deletes nothing.
    /// </remarks>
    public bool CreateIndexes { get; set; } = true;

    /// <summary>
    /// Gets or sets how long a session is kept after the last write to it.
    /// </summary>
    /// <value>The default is <see langword="null"/>, for ever.</value>
    /// <remarks>
    /// From a minute to a hundred years. A session is kept for at least this time and at most a quarter longer, until the
    /// server's TTL monitor looks for it, which MongoDB does once a minute. It expires whole: first the session, later its
    /// messages, which a new session of the same id does not get. What was stored with a lifetime expires also when the option is
    /// taken back later.
    /// </remarks>
    [Range(typeof(TimeSpan), "00:01:00", "36500.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan? SessionTtl { get; set; }

    /// <summary>
    /// Gets or sets how long it stays known of a deleted session that it was there.
    /// </summary>
    /// <value>The default is 7 days.</value>
    /// <remarks>
    /// From a minute to a hundred years. What a process appends that has not heard of the deletion is deleted at its next write, or at the
    /// latest after this time, by the hosted service of any process.
    /// </remarks>
    [Range(typeof(TimeSpan), "00:01:00", "36500.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan DeletionGracePeriod { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// Gets or sets how long a run is alive without another sign of life. It gives one three times as often.
    /// </summary>
    /// <value>The default is 30 seconds.</value>
    /// <remarks>
    /// From a second to an hour, the same in all processes that use the sessions. When a process is killed in the middle of a run, the next
    /// request of its session waits for this long at most.
    /// </remarks>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan RunTerm { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Gets or sets a value indicating whether the redaction of a message erases its original.
    /// </summary>
    /// <value>The default is <see langword="false"/>: the original stays stored beside the message shown instead.</value>
    public bool EraseRedactedMessages { get; set; }

    /// <summary>
    /// Gets or sets the JSON options for message contents that need converters or types of the application's own.
    /// </summary>
    /// <value>The default is <see langword="null"/>, the defaults of Microsoft.Extensions.AI.</value>
    /// <remarks>Set in code; not read from configuration.</remarks>
    public JsonSerializerOptions? SerializerOptions { get; set; }
}
