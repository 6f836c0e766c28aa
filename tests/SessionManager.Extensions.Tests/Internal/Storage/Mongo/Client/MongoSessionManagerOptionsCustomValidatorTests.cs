using Microsoft.Extensions.DependencyInjection;
using MongoDB.Driver;

namespace SessionManager.Internal.Storage.Mongo.Client;

public partial class MongoSessionManagerOptionsCustomValidatorTests
{
    private const string Server = "mongodb://localhost/app";

    [Fact]
    public void Validate_ConnectionStringWithDatabase_Succeeds() => AssertValid(_ => { });

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void Validate_NeitherConnectionStringNorClient_SaysHowToGiveOne(string? connectionString)
    {
        var failures = Validate(options =>
            (options.ConnectionString, options.DatabaseName) = (connectionString, "app"));

        var failure = Assert.Single(failures);
        Assert.StartsWith("Connection string is required", failure, StringComparison.Ordinal);
        Assert.Contains("MongoSessionManagerOptions.ConnectionString", failure, StringComparison.Ordinal);
        Assert.Contains("IMongoClient", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_ClientRegistered_NeedsNoConnectionString()
    {
        var failures = Validate(
            options => (options.ConnectionString, options.DatabaseName) = (null, "app"),
            services => services.AddSingleton<IMongoClient>(_ => throw new InvalidOperationException()));

        Assert.Empty(failures);
    }

    [Fact]
    public void Validate_ClientRegisteredAndNoDatabase_RequiresDatabaseName()
    {
        var failures = Validate(
            options => options.ConnectionString = null,
            services => services.AddSingleton<IMongoClient>(_ => throw new InvalidOperationException()));

        Assert.Contains("DatabaseName is required", Assert.Single(failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "b", false)]
    [InlineData("a", null, true)]
    [InlineData("", "a", false)]
    public void Validate_NamedOptions_LooksForTheClientOfTheSameKey(string name, string? key, bool isEnough)
    {
        var failures = Validate(
            options => (options.ConnectionString, options.DatabaseName) = (null, "app"),
            services => services.AddKeyedSingleton<IMongoClient>(key, (_, _) => throw new InvalidOperationException()),
            name);

        Assert.Equal(isEnough, failures.Count == 0);
    }

    [Fact]
    public void Validate_NamedOptions_NamesTheRegistration()
    {
        var failures = Validate(options => options.DatabaseName = "a/b", name: "archive");

        Assert.StartsWith("archive.DatabaseName ", Assert.Single(failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_ContainerThatCannotTell_LeavesItToTheClientSource()
    {
        var options = new MongoSessionManagerOptions { DatabaseName = "app" };

        Assert.True(new MongoSessionManagerOptionsCustomValidator().Validate(null, options).Succeeded);
    }

    [Theory]
    [InlineData("localhost", "its form")]
    [InlineData("http://localhost/app", "its form")]
    [InlineData("MONGODB://localhost/app", "its form")]
    [InlineData(" mongodb://localhost/app", "its form")]
    [InlineData("mongodb://u:p%zz@localhost/app", "its form")]
    [InlineData("mongodb://u:p%", "its form")]
    [InlineData("mongodb://u:a/b@localhost/app", "its form")]
    [InlineData("mongodb://u:a:b@localhost/app", "its form")]
    [InlineData("mongodb://u:a@b@localhost/app", "its form")]
    [InlineData("mongodb://localhost/app?retryWrites=maybe", "option retryWrites")]
    [InlineData("mongodb://localhost/app?w=1&maxPoolSize=-1", "option maxPoolSize")]
    [InlineData("mongodb://u:p@localhost/app?socketTimeout=1x", "option socketTimeout")]
    [InlineData("mongodb://localhost/app?retryWrites", "its form")]
    [InlineData("mongodb://localhost/app?w=", "its form")]
    [InlineData("mongodb://localhost:99999/app", "its hosts")]
    [InlineData("mongodb://localhost/app?minPoolSize=5&maxPoolSize=2", "options that exclude each other")]
    [InlineData("mongodb+srv://u:p@host.example.com:27017/app", "its hosts")]
    [InlineData("mongodb+srv://u:p@host.example.com:1/app?srvMaxHosts=2", "its hosts")]
    [InlineData("mongodb://", "its hosts")]
    public void Validate_BadConnectionString_SaysWhatIsWrong(string connectionString, string fault)
    {
        var failure = Assert.Single(Validate(options => options.ConnectionString = connectionString));

        Assert.StartsWith("MongoSessionManagerOptions.ConnectionString is not accepted", failure, StringComparison.Ordinal);
        Assert.Contains(fault, failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("maxPoolSize", "-1")]
    [InlineData("minPoolSize", "-1")]
    [InlineData("maxIdleTimeMS", "-1")]
    [InlineData("waitQueueTimeoutMS", "-2")]
    [InlineData("serverSelectionTimeoutMS", "-1")]
    [InlineData("connectTimeoutMS", "-2")]
    [InlineData("socketTimeoutMS", "-2")]
    [InlineData("maxLifeTimeMS", "0")]
    [InlineData("localThresholdMS", "-2")]
    [InlineData("maxConnecting", "0")]
    [InlineData("heartbeatFrequencyMS", "0")]
    [InlineData("heartbeatTimeoutMS", "0")]
    [InlineData("wtimeoutMS", "0")]
    public void Validate_ValueThatTheDriverRefusesLater_IsRefusedNow(string option, string value)
    {
        foreach (var server in new[] { "mongodb://u:p@127.0.0.1:1/app", "mongodb+srv://u:p@h.example.com/app" })
        {
            var failures = Validate(options => options.ConnectionString = $"{server}?{option}={value}");

            Assert.Contains($"its option {option}.", Assert.Single(failures), StringComparison.Ordinal);
        }

        Assert.ThrowsAny<Exception>(() => new MongoClient($"mongodb://127.0.0.1:1/app?{option}={value}"));
    }

    [Theory]
    [InlineData("maxPoolSize=0")]
    [InlineData("maxIdleTimeMS=0")]
    [InlineData("waitQueueTimeoutMS=-1")]
    [InlineData("serverSelectionTimeoutMS=0")]
    [InlineData("connectTimeoutMS=-1")]
    [InlineData("socketTimeoutMS=0")]
    public void Validate_ValueThatTheDriverTakes_Succeeds(string option)
    {
        AssertValid(options => options.ConnectionString = $"mongodb://127.0.0.1:1/app?{option}");

        new MongoClient($"mongodb://127.0.0.1:1/app?{option}").Dispose();
    }

    [Theory]
    [InlineData("mongodb+srv://h.example.com/app?srvMaxHosts=3&srvServiceName=other&loadBalanced=false")]
    [InlineData("mongodb://u:p@h1:27017,h2/app?replicaSet=rs0")]
    [InlineData("mongodb+srv://u:p%40ss@cluster.example.com/app?retryWrites=true&w=majority")]
    [InlineData("mongodb://u:p@h/app?appName=a%40b&unknownOption=1;maxPoolSize=3")]
    [InlineData("mongodb://[::1]:27017/app")]
    public void Validate_GoodConnectionString_SucceedsWithoutDns(string connectionString) =>
        AssertValid(options => options.ConnectionString = connectionString);

    [Theory]
    [InlineData("a/b", "'/'")]
    [InlineData("a\\b", "'\\'")]
    [InlineData("a.b", "'.'")]
    [InlineData("a b", "a space")]
    [InlineData("a\"b", "'\"'")]
    [InlineData("a$b", "'$'")]
    [InlineData("a\0b", "NUL")]
    [InlineData("a\tb", "white space")]
    [InlineData("", "is empty")]
    [InlineData(" ", "is empty")]
    public void Validate_BadDatabaseName_SaysWhatIsWrong(string name, string fault)
    {
        var failure = Assert.Single(Validate(options => options.DatabaseName = name));

        Assert.StartsWith("MongoSessionManagerOptions.DatabaseName ", failure, StringComparison.Ordinal);
        Assert.Contains(fault, failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_DatabaseNameLength_CountsBytes()
    {
        AssertValid(options => options.DatabaseName = new string('a', 63));
        foreach (var name in new[] { new string('a', 64), new string('é', 32) })
        {
            var failure = Assert.Single(Validate(options => options.DatabaseName = name));
            Assert.Contains("64 bytes", failure, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Validate_BadDatabaseNameInConnectionString_DoesNotQuoteIt()
    {
        var failure = Assert.Single(Validate(options => options.ConnectionString = "mongodb://localhost/canary%20x"));

        Assert.Contains("ConnectionString names a database", failure, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_DatabaseNameOption_WinsOverTheOneInTheConnectionString() =>
        AssertValid(options => (options.ConnectionString, options.DatabaseName) = ("mongodb://localhost/a%20b", "app"));

    [Fact]
    public void Validate_NoDatabaseAnywhere_RequiresDatabaseName()
    {
        var failures = Validate(options => options.ConnectionString = "mongodb://localhost/?w=1");

        Assert.Contains("DatabaseName is required", Assert.Single(failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a$b", "'$'")]
    [InlineData("a\0b", "NUL")]
    [InlineData("system.sessions", "system.")]
    [InlineData(".sessions", "a dot")]
    public void Validate_BadCollectionName_SaysWhatIsWrong(string name, string fault)
    {
        var failure = Assert.Single(Validate(options => options.CollectionName = name));

        Assert.StartsWith("MongoSessionManagerOptions.CollectionName ", failure, StringComparison.Ordinal);
        Assert.Contains(fault, failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_CollectionNameLength_CountsNamespaceWithSuffix()
    {
        // "app" and the dot are 4 bytes, "_messages" is 9.
        AssertValid(options => options.CollectionName = new string('c', 255 - 4 - 9));

        var failure = Assert.Single(Validate(options => options.CollectionName = new string('c', 255 - 4 - 9 + 1)));
        Assert.Contains("256 bytes", failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData(" ", "is empty")]
    [InlineData(null, "is empty")]
    [InlineData("$where", "starts with '$'")]
    [InlineData("a.$b", "starts with '$'")]
    [InlineData("a..b", "empty segment")]
    [InlineData(".a", "empty segment")]
    [InlineData("a.", "empty segment")]
    [InlineData("a\0", "NUL")]
    [InlineData("priority", "more than once")]
    public void Validate_BadMetadataField_SaysWhichAndWhy(string? field, string fault)
    {
        var failure = Assert.Single(Validate(options => options.MetadataFields = ["priority", field!]));

        Assert.StartsWith("MongoSessionManagerOptions.MetadataFields[1] ", failure, StringComparison.Ordinal);
        Assert.Contains(fault, failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_MetadataFieldAndItsParent_Succeeds() =>
        AssertValid(options => options.MetadataFields = ["customer", "customer.tier", "Customer", "cost$"]);

    [Fact]
    public void Validate_MetadataFieldCount_IsLimited()
    {
        AssertValid(options => options.MetadataFields = [.. Enumerable.Range(0, 50).Select(n => $"f{n}")]);

        var failures = Validate(options => options.MetadataFields = [.. Enumerable.Range(0, 51).Select(n => $"f{n}")]);
        Assert.Contains("51 fields", Assert.Single(failures), StringComparison.Ordinal);
    }

    private static void AssertValid(Action<MongoSessionManagerOptions> configure) => Assert.Empty(Validate(configure));

    private static List<string> Validate(
        Action<MongoSessionManagerOptions> configure,
        Action<IServiceCollection>? register = null,
        string? name = null)
    {
        var services = new ServiceCollection();
        register?.Invoke(services);
        services.AddSingleton<MongoSessionManagerOptionsCustomValidator>();
        using var provider = services.BuildServiceProvider(validateScopes: true);
        var options = new MongoSessionManagerOptions { ConnectionString = Server };
        configure(options);
        var result = provider.GetRequiredService<MongoSessionManagerOptionsCustomValidator>().Validate(name, options);
        return [.. result.Failures ?? []];
    }
}
