using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MongoDB.Driver;
using MongoDB.Driver.Core.Configuration;
using SessionManager.Internal.Shared;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo.Client;

/// <summary>
/// The rules that look at more than one option, or at the container. Messages name options and faults, never the values
/// of connection string, user name or password.
/// </summary>
internal sealed class MongoSessionManagerOptionsCustomValidator(
    IServiceProviderIsService? isService = null,
    IServiceProviderIsKeyedService? isKeyedService = null) : IValidateOptions<MongoSessionManagerOptions>
{
    public const string ConnectionStringRequired =
        $"Connection string is required: set {nameof(MongoSessionManagerOptions)}." +
        $"{nameof(MongoSessionManagerOptions.ConnectionString)}, in code or configuration, or register an IMongoClient";

    // The server allows 64 indexes on a collection, and sessions have some of their own.
    private const int MaxMetadataFields = 50;

    public ValidateOptionsResult Validate(string? name, MongoSessionManagerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        // As the generated validator does it: the name tells several registrations apart.
        var owner = string.IsNullOrEmpty(name) ? nameof(MongoSessionManagerOptions) : name;
        ConnectionString? uri = null;
        var faults = new List<string>();
        if (!string.IsNullOrWhiteSpace(options.ConnectionString)
            && !ConnectionStringReader.TryRead(options.ConnectionString, out uri, out var uriFault))
        {
            faults.Add($"{nameof(options.ConnectionString)} {uriFault}");
        }

        faults.AddRange(FindServerFaults(uri));
        faults.AddRange(FindDatabaseFaults(options, uri));
        faults.AddRange(FindMetadataFaults(options.MetadataFields));
        faults.AddRange(FindPoolFaults(options, uri));
        faults.AddRange(FindCompressorFaults(options.Compressors));
        faults.AddRange(FindWriteConcernFaults(options, uri));
        faults.AddRange(FindTlsFaults(options, uri));
        faults.AddRange(AuthenticationRules.FindFaults(options, uri));

        var failures = faults.ConvertAll(text => $"{owner}.{text}.");
        if (string.IsNullOrWhiteSpace(options.ConnectionString) && !IsClientRegistered(name))
        {
            failures.Insert(0, $"{ConnectionStringRequired}{(string.IsNullOrEmpty(name) ? "" : $" ({name})")}.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private bool IsClientRegistered(string? name)
    {
        // A container that cannot tell gets the benefit of the doubt; the client source fails with the same message.
        return isService is null
            || isService.IsService(typeof(IMongoClient))
            || (!string.IsNullOrEmpty(name) && isKeyedService?.IsKeyedService(typeof(IMongoClient), name) is true);
    }

    private static IEnumerable<string> FindServerFaults(ConnectionString? uri)
    {
        // https://docs.aws.amazon.com/documentdb/latest/developerguide/mongo-apis.html
        if (uri?.Hosts.OfType<DnsEndPoint>().Any(static host => host.Host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase)
            && host.Host.Contains(".docdb", StringComparison.OrdinalIgnoreCase)) == true)
        {
            yield return "ConnectionString names a cluster of Amazon DocumentDB, which is not supported: what it has of MongoDB is not what sessions need";
        }
    }

    private static IEnumerable<string> FindDatabaseFaults(MongoSessionManagerOptions options, ConnectionString? uri)
    {
        var database = options.DatabaseName ?? uri?.DatabaseName;
        var isUnreadable = uri is null && !string.IsNullOrWhiteSpace(options.ConnectionString);
        if (database is null && !isUnreadable)
        {
            yield return "DatabaseName is required: neither it nor the connection string names a database";
        }
        else if (database is not null && MongoNames.FindDatabaseNameFault(database) is { } fault)
        {
            yield return options.DatabaseName is null
                ? $"ConnectionString names a database whose name {fault}"
                : $"DatabaseName {fault}";
        }

        // An empty name is the generated validator's to report.
        if (!string.IsNullOrWhiteSpace(options.CollectionName)
            && MongoNames.FindCollectionNameFault(options.CollectionName, database) is { } collectionFault)
        {
            yield return $"CollectionName {collectionFault}";
        }
    }

    private static IEnumerable<string> FindMetadataFaults(IList<string>? fields)
    {
        if (fields is null)
        {
            yield break;
        }

        if (fields.Count > MaxMetadataFields)
        {
            yield return $"MetadataFields has {fields.Count} fields; the limit is {MaxMetadataFields}";
        }

        var seen = new HashSet<string?>(StringComparer.Ordinal);
        for (var index = 0; index < fields.Count; index++)
        {
            var field = fields[index];
            var fault = MetadataKeys.FindFault(field)
                ?? (seen.Add(field) ? null : "is there more than once");
            if (fault is not null)
            {
                yield return $"MetadataFields[{index}] '{field}' {fault}";
            }
        }
    }

    private static IEnumerable<string> FindPoolFaults(MongoSessionManagerOptions options, ConnectionString? uri)
    {
        var max = MongoClientSettingsFactory.GetMaxPoolSize(options, uri);
        var min = MongoClientSettingsFactory.GetMinPoolSize(options, uri);
        if (min > max)
        {
            yield return $"MinPoolSize ({min}) is greater than MaxPoolSize ({max}), here or in the connection string";
        }
    }

    private static IEnumerable<string> FindCompressorFaults(IList<string>? names)
    {
        for (var index = 0; index < (names?.Count ?? 0); index++)
        {
            if (ClientOptionText.ReadCompressor(names![index]) is null)
            {
                yield return $"Compressors[{index}] '{names[index]}' is not one of zstd, zlib, snappy";
            }
        }
    }

    private static IEnumerable<string> FindWriteConcernFaults(MongoSessionManagerOptions options, ConnectionString? uri)
    {
        if (options.WriteConcern is { } text)
        {
            if (ClientOptionText.ReadWriteConcern(text) is null)
            {
                yield return $"WriteConcern '{text}' must be 'majority', a number from 1 on, or the name of a write concern of " +
                    "the replica set; writes that nobody acknowledges (0), with Journal or without, are not supported";
            }
        }
        else if (uri?.W is WriteConcern.WCount { Value: 0 })
        {
            yield return "ConnectionString has write concern 0: writes that nobody acknowledges are not supported";
        }

        if ((options.Journal ?? uri?.Journal) is true && (options.Fsync ?? uri?.FSync) is true)
        {
            yield return "Journal and Fsync, here or in the connection string, are both true; the server takes one";
        }
    }

    private static IEnumerable<string> FindTlsFaults(MongoSessionManagerOptions options, ConnectionString? uri)
    {
        if (options.TlsAllowInvalidCertificates is true && !(options.UseTls ?? uri?.Tls ?? uri is null))
        {
            yield return "TlsAllowInvalidCertificates needs TLS: set UseTls, or tls=true in the connection string";
        }
    }
}
