using System.ComponentModel.DataAnnotations;
using MongoDB.Driver;

namespace SessionManager;

public sealed partial class MongoSessionManagerOptions
{
    private const string ShortestTime = "00:00:00.001";

    // Configuration reads a bare number as days; below one day, such a number is a fault and not a timeout of days.
    private const string OneDay = "1.00:00:00";

    /// <summary>
    /// Gets or sets the largest number of connections to one server.
    /// </summary>
    /// <value>The default is 100, or <see cref="MinPoolSize"/> where that is greater.</value>
    /// <remarks>Zero or more, and not less than <see cref="MinPoolSize"/>; zero means no limit.</remarks>
    [Range(0, int.MaxValue)]
    public int? MaxPoolSize { get; set; }

    /// <summary>
    /// Gets or sets the number of connections to one server that are kept open.
    /// </summary>
    /// <value>The default is 0: connections are opened when they are needed, and kept for <see cref="MaxIdleTime"/>.</value>
    /// <remarks>
    /// Zero or more, and not greater than <see cref="MaxPoolSize"/>. Those that are kept open without use are closed after
    /// <see cref="MaxIdleTime"/> like any others, and opened again.
    /// </remarks>
    [Range(0, int.MaxValue)]
    public int? MinPoolSize { get; set; }

    /// <summary>
    /// Gets or sets the time after which an unused connection is closed.
    /// </summary>
    /// <value>The default is 2 minutes: load balancers and firewalls drop what is idle for longer, some after 4 minutes.</value>
    /// <remarks>At least one millisecond and less than one day.</remarks>
    [Range(typeof(TimeSpan), ShortestTime, OneDay, MaximumIsExclusive = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan? MaxIdleTime { get; set; }

    /// <summary>
    /// Gets or sets the longest wait for a free connection.
    /// </summary>
    /// <value>The default is 5 seconds.</value>
    /// <remarks>At least one millisecond and less than one day.</remarks>
    [Range(typeof(TimeSpan), ShortestTime, OneDay, MaximumIsExclusive = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan? WaitQueueTimeout { get; set; }

    /// <summary>
    /// Gets or sets the longest wait for a server that can take the operation.
    /// </summary>
    /// <value>The default is 5 seconds.</value>
    /// <remarks>At least one millisecond and less than one day.</remarks>
    [Range(typeof(TimeSpan), ShortestTime, OneDay, MaximumIsExclusive = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan? ServerSelectionTimeout { get; set; }

    /// <summary>
    /// Gets or sets the longest wait for a connection to be opened.
    /// </summary>
    /// <value>The default is 10 seconds.</value>
    /// <remarks>At least one millisecond and less than one day.</remarks>
    [Range(typeof(TimeSpan), ShortestTime, OneDay, MaximumIsExclusive = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan? ConnectTimeout { get; set; }

    /// <summary>
    /// Gets or sets the longest wait for one read from or write to a connection.
    /// </summary>
    /// <value>The default is 30 seconds.</value>
    /// <remarks>At least one millisecond and less than one day.</remarks>
    [Range(typeof(TimeSpan), ShortestTime, OneDay, MaximumIsExclusive = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan? SocketTimeout { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the driver sends a write again after a transient failure.
    /// </summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool? RetryWrites { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the driver sends a read again after a transient failure.
    /// </summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool? RetryReads { get; set; }

    /// <summary>
    /// Gets or sets the compression algorithms offered to the server, the preferred one first.
    /// </summary>
    /// <value>The default is no compression.</value>
    /// <remarks>
    /// <c>zstd</c>, <c>zlib</c> and <c>snappy</c>. A list set in code and left empty turns compression off.
    /// </remarks>
    public IList<string>? Compressors { get; set; }

    /// <summary>
    /// Gets or sets how many members of a replica set acknowledge a write.
    /// </summary>
    /// <value>The default is the server's own.</value>
    /// <remarks>
    /// <c>majority</c>, a number from 1 on, or the name of a write concern that the replica set defines. Zero, here or
    /// in the connection string, is refused: without acknowledgement no operation could tell whether it took effect.
    /// </remarks>
    public string? WriteConcern { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether a write is acknowledged only once it is in the journal.
    /// </summary>
    /// <value>The default is the server's own.</value>
    /// <remarks>Not together with <see cref="Fsync"/>.</remarks>
    public bool? Journal { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether a write is acknowledged only once it is flushed to disk.
    /// </summary>
    /// <value>The default is the server's own.</value>
    /// <remarks>
    /// Not together with <see cref="Journal"/>, which servers that keep a journal take it for anyway.
    /// </remarks>
    public bool? Fsync { get; set; }

    /// <summary>
    /// Gets or sets the user name, for credentials kept apart from the connection string.
    /// </summary>
    /// <value>The default is <see langword="null"/>, the user of the connection string.</value>
    /// <remarks>As it is, not percent-encoded; not empty.</remarks>
    public string? UserName { get; set; }

    /// <summary>
    /// Gets or sets the password, for credentials kept apart from the connection string.
    /// </summary>
    /// <value>The default is <see langword="null"/>, the password of the connection string.</value>
    /// <remarks>
    /// As it is, not percent-encoded. It needs a user name, here or in the connection string, and is never logged nor
    /// put into a message.
    /// </remarks>
    public string? Password { get; set; }

    /// <summary>
    /// Gets or sets the database that the user is defined in.
    /// </summary>
    /// <value>The default is the database that the connection string names, else <c>admin</c>.</value>
    /// <remarks>
    /// <c>$external</c> for <c>MONGODB-X509</c>, <c>MONGODB-AWS</c>, <c>MONGODB-OIDC</c> and <c>GSSAPI</c>.
    /// </remarks>
    public string? AuthSource { get; set; }

    /// <summary>
    /// Gets or sets the authentication mechanism.
    /// </summary>
    /// <value>The default is <see langword="null"/>, which lets client and server agree on one.</value>
    /// <remarks>
    /// <c>SCRAM-SHA-256</c>, <c>SCRAM-SHA-1</c>, <c>PLAIN</c>, <c>MONGODB-X509</c>, <c>MONGODB-AWS</c>,
    /// <c>MONGODB-OIDC</c> or <c>GSSAPI</c>, with the user name and password that it asks for; <c>DEFAULT</c> overrides
    /// a mechanism that the connection string names.
    /// </remarks>
    public string? AuthMechanism { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether connections use TLS.
    /// </summary>
    /// <value>The default is <see langword="true"/> for <c>mongodb+srv://</c>, else <see langword="false"/>.</value>
    public bool? UseTls { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether any server certificate is accepted, whatever authority issued it.
    /// </summary>
    /// <value>The default is <see langword="false"/>.</value>
    /// <remarks>Needs TLS. Leaves connections open to interception; for development only.</remarks>
    public bool? TlsAllowInvalidCertificates { get; set; }

    /// <summary>
    /// Gets or sets a callback that completes the settings of the client, after everything else has been applied.
    /// </summary>
    /// <value>The default is <see langword="null"/>.</value>
    /// <remarks>
    /// Set in code; not read from configuration. What it sets is not validated. The driver's log names commands without
    /// their documents, which hold messages; set <see cref="MongoClientSettings.LoggingSettings"/> here to see them.
    /// </remarks>
    public Action<MongoClientSettings>? ConfigureClient { get; set; }

    /// <summary>
    /// Finds the names of the client options that are set. All of them are here.
    /// </summary>
    internal IEnumerable<string> FindClientOptions()
    {
        (string Name, object? Value)[] all =
        [
            (nameof(MaxPoolSize), MaxPoolSize),
            (nameof(MinPoolSize), MinPoolSize),
            (nameof(MaxIdleTime), MaxIdleTime),
            (nameof(WaitQueueTimeout), WaitQueueTimeout),
            (nameof(ServerSelectionTimeout), ServerSelectionTimeout),
            (nameof(ConnectTimeout), ConnectTimeout),
            (nameof(SocketTimeout), SocketTimeout),
            (nameof(RetryWrites), RetryWrites),
            (nameof(RetryReads), RetryReads),
            (nameof(Compressors), Compressors),
            (nameof(WriteConcern), WriteConcern),
            (nameof(Journal), Journal),
            (nameof(Fsync), Fsync),
            (nameof(UserName), UserName),
            (nameof(Password), Password),
            (nameof(AuthSource), AuthSource),
            (nameof(AuthMechanism), AuthMechanism),
            (nameof(UseTls), UseTls),
            (nameof(TlsAllowInvalidCertificates), TlsAllowInvalidCertificates),
            (nameof(ConfigureClient), ConfigureClient),
        ];

        return all.Where(static option => option.Value is not null).Select(static option => option.Name);
    }
}
