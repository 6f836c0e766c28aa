using System.Text;
using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Internal;

/// <summary>
/// The collections of both sides, and the check that they are not one.
/// </summary>
internal sealed class MigrationPlace
{
    private static readonly UTF8Encoding AnyUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    public MigrationPlace(IMongoDatabase sourceDatabase, string sourceCollectionName, IMongoDatabase targetDatabase, string targetCollectionName)
    {
        var settings = new MongoCollectionSettings { ReadEncoding = AnyUtf8 };
        Source = sourceDatabase.GetCollection<RawBsonDocument>(sourceCollectionName, settings).WithReadPreference(ReadPreference.Primary);
        var target = targetDatabase.WithReadPreference(ReadPreference.Primary).WithReadConcern(ReadConcern.Local);
        if (!target.Settings.WriteConcern.IsAcknowledged)
        {
            target = target.WithWriteConcern(WriteConcern.Acknowledged);
        }

        Sessions = target.GetCollection<RawBsonDocument>(targetCollectionName, settings);
        Messages = target.GetCollection<RawBsonDocument>(TargetLayout.GetMessagesName(targetCollectionName), settings);
        Feedback = target.GetCollection<RawBsonDocument>(TargetLayout.GetFeedbackName(targetCollectionName), settings);
    }

    public IMongoCollection<RawBsonDocument> Source { get; }

    public IMongoCollection<RawBsonDocument> Sessions { get; }

    public IMongoCollection<RawBsonDocument> Messages { get; }

    public IMongoCollection<RawBsonDocument> Feedback { get; }

    /// <summary>
    /// Refuses to read and write one collection.
    /// </summary>
    /// <exception cref="SameCollectionException">Source and target are one.</exception>
    public async Task ThrowIfSameAsync(CancellationToken cancellationToken)
    {
        var source = Source.CollectionNamespace;
        if (((IMongoCollection<RawBsonDocument>[])[Sessions, Messages, Feedback]).All(target => !source.Equals(target.CollectionNamespace)))
        {
            return;
        }

        // Of one name, they may still be on two servers. One server has many names, but its process has one id.
        var sourceServer = await DescribeAsync(Source.Database, cancellationToken).ConfigureAwait(false);
        var targetServer = await DescribeAsync(Sessions.Database, cancellationToken).ConfigureAwait(false);
        if (sourceServer.Overlaps(targetServer))
        {
            throw new SameCollectionException(
                $"Source and target are one: collection '{source.FullName}' of the same server. Name another database or collection as the target.");
        }
    }

    private static async Task<HashSet<string>> DescribeAsync(IMongoDatabase database, CancellationToken cancellationToken)
    {
        var hello = await database.RunCommandAsync<BsonDocument>(new BsonDocument("hello", 1), ReadPreference.Primary, cancellationToken).ConfigureAwait(false);
        var names = database.Client.Cluster.Description.Servers.Select(static server => server.EndPoint.ToString()!.ToUpperInvariant()).ToHashSet(StringComparer.Ordinal);
        if (hello.GetValue("topologyVersion", BsonNull.Value) is BsonDocument topology && topology.TryGetValue("processId", out var processId))
        {
            names.Add(processId.ToString()!);
        }

        return names;
    }
}
