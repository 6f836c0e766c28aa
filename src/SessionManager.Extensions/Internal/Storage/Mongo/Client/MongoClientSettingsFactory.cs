using System.Reflection;
using Microsoft.Extensions.Logging;
using MongoDB.Driver;
using MongoDB.Driver.Core.Compression;
using MongoDB.Driver.Core.Configuration;

namespace SessionManager.Internal.Storage.Mongo.Client;

/// <summary>
/// Builds the settings of an own client: an option that is set wins, then the connection string, then the default here.
/// </summary>
internal static class MongoClientSettingsFactory
{
    public const int DefaultMaxPoolSize = 100;
    // Connections that nobody uses would be closed for being idle, and opened again, for ever. An application that scales to zero
    // wants none.
    public const int DefaultMinPoolSize = 0;

    // Load balancers and firewalls drop what is idle for longer without a word: Azure's after 4 minutes, AWS's after 350 seconds.
    public static readonly TimeSpan DefaultMaxIdleTime = TimeSpan.FromMinutes(2);
    public static readonly TimeSpan DefaultWaitQueueTimeout = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan DefaultServerSelectionTimeout = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan DefaultSocketTimeout = TimeSpan.FromSeconds(30);

    private static readonly LibraryInfo Library = new("SessionManager", GetVersion());

    /// <summary>
    /// Builds the settings from options that have passed validation.
    /// </summary>
    /// <remarks>For <c>mongodb+srv://</c> the driver queries the TXT record here; nothing else does I/O.</remarks>
    /// <exception cref="InvalidOperationException">The connection string is missing or not valid.</exception>
    public static MongoClientSettings Create(MongoSessionManagerOptions options, ILoggerFactory? loggerFactory)
    {
        if (string.IsNullOrWhiteSpace(options.ConnectionString))
        {
            throw new InvalidOperationException(MongoSessionManagerOptionsCustomValidator.ConnectionStringRequired);
        }

        if (!ConnectionStringReader.TryRead(options.ConnectionString, out var connectionString, out var fault))
        {
            throw new InvalidOperationException($"{nameof(options.ConnectionString)} {fault}.");
        }

        var settings = MongoClientSettings.FromUrl(CreateUrl(options, options.ConnectionString));
        ApplyPoolSize(settings, options, connectionString);
        ApplyTimes(settings, options, connectionString);
        ApplyWrites(settings, options);
        ApplyTransport(settings, options);

        settings.LibraryInfo = Library;
        if (loggerFactory is not null)
        {
            // The documents of commands hold messages, so the log gets none of them unless the application asks.
            settings.LoggingSettings = new LoggingSettings(loggerFactory, maxDocumentSize: 0);
        }

        options.ConfigureClient?.Invoke(settings);
        return settings;
    }

    /// <summary>
    /// Puts the credentials of the options into the connection string.
    /// </summary>
    public static MongoUrl CreateUrl(MongoSessionManagerOptions options, string connectionString)
    {
        if ((options.UserName ?? options.Password ?? options.AuthSource ?? options.AuthMechanism) is null)
        {
            return new MongoUrl(connectionString);
        }

        // Through the URL, because only there does the driver combine credentials with what a TXT record says of them.
        // Not through ToMongoUrl, which keeps every URL, password and all, in a static cache.
        var builder = new MongoUrlBuilder(connectionString);
        builder.Username = options.UserName ?? builder.Username;
        builder.Password = options.Password ?? builder.Password;
        builder.AuthenticationSource = options.AuthSource ?? builder.AuthenticationSource;
        if (options.AuthMechanism is { } mechanism)
        {
            builder.AuthenticationMechanism = AuthenticationRules.Normalize(mechanism);
        }

        return new MongoUrl(builder.ToString());
    }

    public static int? GetMaxPoolSize(MongoSessionManagerOptions options, ConnectionString? uri) =>
        (options.MaxPoolSize ?? uri?.MaxPoolSize) is { } size ? size == 0 ? int.MaxValue : size : null;

    public static int? GetMinPoolSize(MongoSessionManagerOptions options, ConnectionString? uri) =>
        options.MinPoolSize ?? uri?.MinPoolSize;

    private static void ApplyPoolSize(
        MongoClientSettings settings, MongoSessionManagerOptions options, ConnectionString uri)
    {
        var (max, min) = (GetMaxPoolSize(options, uri), GetMinPoolSize(options, uri));

        // A default gives way to the size that was asked for; together they must not contradict each other.
        settings.MaxConnectionPoolSize = max ?? Math.Max(DefaultMaxPoolSize, min ?? 0);
        settings.MinConnectionPoolSize = min ?? DefaultMinPoolSize;
    }

    private static void ApplyTimes(
        MongoClientSettings settings, MongoSessionManagerOptions options, ConnectionString uri)
    {
        settings.MaxConnectionIdleTime = options.MaxIdleTime ?? uri.MaxIdleTime ?? DefaultMaxIdleTime;
        settings.WaitQueueTimeout = options.WaitQueueTimeout ?? uri.WaitQueueTimeout ?? DefaultWaitQueueTimeout;
        settings.ServerSelectionTimeout =
            options.ServerSelectionTimeout ?? uri.ServerSelectionTimeout ?? DefaultServerSelectionTimeout;
        settings.ConnectTimeout = options.ConnectTimeout ?? uri.ConnectTimeout ?? DefaultConnectTimeout;
        settings.SocketTimeout = options.SocketTimeout ?? uri.SocketTimeout ?? DefaultSocketTimeout;
    }

    private static void ApplyWrites(MongoClientSettings settings, MongoSessionManagerOptions options)
    {
        // Both are true in the driver's settings where the connection string is silent.
        settings.RetryWrites = options.RetryWrites ?? settings.RetryWrites;
        settings.RetryReads = options.RetryReads ?? settings.RetryReads;

        var concern = settings.WriteConcern;
        settings.WriteConcern = concern.With(
            w: options.WriteConcern is { } text ? ClientOptionText.ReadWriteConcern(text) : concern.W,
            fsync: options.Fsync ?? concern.FSync,
            journal: options.Journal ?? concern.Journal);
    }

    private static void ApplyTransport(MongoClientSettings settings, MongoSessionManagerOptions options)
    {
        settings.UseTls = options.UseTls ?? settings.UseTls;
        settings.AllowInsecureTls = options.TlsAllowInvalidCertificates ?? settings.AllowInsecureTls;

        if (options.Compressors is { } names)
        {
            // An algorithm that the connection string sets a level for keeps it.
            var configured = settings.Compressors;
            settings.Compressors =
            [
                .. names
                    .Select(ClientOptionText.ReadCompressor)
                    .OfType<CompressorType>()
                    .Distinct()
                    .Select(type => configured.FirstOrDefault(item => item.Type == type) ?? new(type)),
            ];
        }
    }

    private static string? GetVersion()
    {
        var version = typeof(MongoClientSettingsFactory).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

        // Without the commit that follows the plus sign: the handshake has room for little.
        return version?.Split('+')[0];
    }
}
