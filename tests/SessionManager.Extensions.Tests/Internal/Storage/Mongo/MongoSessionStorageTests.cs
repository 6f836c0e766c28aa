using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using MongoDB.Driver;
using SessionManager.Internal.Storage.Documents;

namespace SessionManager.Internal.Storage.Mongo;

public sealed class MongoSessionStorageTests
{
    [Theory]
    [InlineData("readPreference=secondaryPreferred")]
    [InlineData("readPreference=nearest&w=majority")]
    [InlineData("w=2")]
    public void Constructor_ClientThatReadsFromSecondaries_ReadsFromThePrimary(string options)
    {
        var collections = CreateOver(options);

        Assert.All(collections, settings => Assert.Equal(ReadPreference.Primary, settings.ReadPreference));
    }

    [Fact]
    public void Constructor_ClientWithoutAcknowledgement_WaitsForIt()
    {
        var collections = CreateOver("w=0");

        Assert.All(collections, settings => Assert.Equal(WriteConcern.Acknowledged, settings.WriteConcern));
    }

    [Fact]
    public void Constructor_ClientWithStricterConcerns_KeepsThatOfWritesAndReadsWhatIsThere()
    {
        var collections = CreateOver("w=majority&journal=true&readConcernLevel=majority");

        Assert.All(collections, settings => Assert.Equal(WriteConcern.WMajority.With(journal: true), settings.WriteConcern));
        Assert.All(collections, settings => Assert.Equal(ReadConcern.Local, settings.ReadConcern));
    }

    private static List<MongoCollectionSettings> CreateOver(string options)
    {
        using var client = new MongoClient($"mongodb://127.0.0.1:1/?{options}");
        List<MongoCollectionSettings> collections = [];

        _ = new MongoSessionStorage(
            CollectionSettingsRecorder.Over(client.GetDatabase("app"), collections),
            "sessions",
            metadataFields: [],
            new MongoSessionManagerOptions(),
            new ChatMessageCodec(),
            TimeProvider.System,
            NullLogger.Instance);

        Assert.Equal(4, collections.Count);
        return collections;
    }

    /// <summary>
    /// A database that notes the settings of every collection that is taken from it.
    /// </summary>
    public class CollectionSettingsRecorder : DispatchProxy
    {
        private IMongoDatabase _inner = null!;
        private List<MongoCollectionSettings> _collections = null!;

        public static IMongoDatabase Over(IMongoDatabase inner, List<MongoCollectionSettings> collections)
        {
            var proxy = Create<IMongoDatabase, CollectionSettingsRecorder>();
            var recorder = (CollectionSettingsRecorder)(object)proxy;
            (recorder._inner, recorder._collections) = (inner, collections);
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var result = targetMethod!.Invoke(_inner, args);
            if (result is IMongoDatabase database)
            {
                return Over(database, _collections);
            }

            if (targetMethod.Name == nameof(IMongoDatabase.GetCollection))
            {
                var settings = targetMethod.ReturnType.GetProperty(nameof(IMongoCollection<object>.Settings))!.GetValue(result);
                _collections.Add(Assert.IsType<MongoCollectionSettings>(settings));
            }

            return result;
        }
    }
}
