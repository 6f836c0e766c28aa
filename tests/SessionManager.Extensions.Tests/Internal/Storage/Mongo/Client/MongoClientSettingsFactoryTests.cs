using System.Runtime.InteropServices;
using System.Security;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using MongoDB.Driver;
using MongoDB.Driver.Core.Compression;
using MongoDB.Driver.Core.Configuration;

namespace SessionManager.Internal.Storage.Mongo.Client;

public partial class MongoClientSettingsFactoryTests
{
    private const string Server = "mongodb://localhost/app";

    [Fact]
    public void Create_UriWithSmallPool_IsNotOverriddenByDefaults()
    {
        var settings = Create(Server + "?maxPoolSize=7");

        Assert.Equal((7, 0), (settings.MaxConnectionPoolSize, settings.MinConnectionPoolSize));
        settings.Freeze();
    }

    [Fact]
    public void Create_LargeMinimum_RaisesTheDefaultMaximum()
    {
        var settings = Create(Server + "?minPoolSize=200");

        Assert.Equal((200, 200), (settings.MaxConnectionPoolSize, settings.MinConnectionPoolSize));
        settings.Freeze();
    }

    [Fact]
    public void Create_MaxPoolSizeZero_MeansNoLimit()
    {
        Assert.Equal(int.MaxValue, Create(Server, options => options.MaxPoolSize = 0).MaxConnectionPoolSize);
        Assert.Equal(int.MaxValue, Create(Server + "?maxPoolSize=0").MaxConnectionPoolSize);
    }

    [Fact]
    public void Create_WriteTimeoutOfTheUri_SurvivesTheOptions()
    {
        var settings = Create(Server + "?wtimeoutMS=700&w=2", options => options.Journal = true);

        Assert.Equal(new WriteConcern(2, TimeSpan.FromMilliseconds(700), journal: true), settings.WriteConcern);
    }

    [Fact]
    public void Create_NamedWriteConcern_IsPassedOn()
    {
        var named = Create(Server, options => options.WriteConcern = "dc-west");
        var counted = Create(Server, options => options.WriteConcern = "3");

        Assert.Equal(new WriteConcern.WMode("dc-west"), named.WriteConcern.W);
        Assert.Equal(new WriteConcern.WCount(3), counted.WriteConcern.W);
    }

    [Fact]
    public void Create_EmptyCompressors_TurnsCompressionOff()
    {
        Assert.Empty(Create(Server + "?compressors=zlib", options => options.Compressors = []).Compressors);
    }

    [Fact]
    public void Create_CompressorsOption_KeepsTheLevelOfTheUri()
    {
        var settings = Create(
            Server + "?compressors=zlib&zlibCompressionLevel=3",
            options => options.Compressors = ["zstd", "zlib"]);

        Assert.Equal([CompressorType.ZStandard, CompressorType.Zlib], settings.Compressors.Select(item => item.Type));
        Assert.Equal(3, settings.Compressors[1].Properties["Level"]);
    }

    [Fact]
    public void CreateUrl_SrvScheme_TakesTheCredentialsWithoutDns()
    {
        var options = new MongoSessionManagerOptions { UserName = "app", Password = "v@ult" };

        var url = MongoClientSettingsFactory.CreateUrl(options, "mongodb+srv://c.invalid/app?srvServiceName=other");

        Assert.False(url.IsResolved);
        Assert.True(url.UseTls);
        Assert.Equal(ConnectionStringScheme.MongoDBPlusSrv, url.Scheme);
        Assert.Equal("other", url.SrvServiceName);

        // Left open, so that a TXT record can say where the user is defined.
        Assert.Null(url.AuthenticationSource);
        Assert.Equal("v@ult", GetPassword(url.GetCredential()));
    }

    [Fact]
    public void Create_UserInUriPasswordInOptions_AreCombined()
    {
        var settings = Create("mongodb://app@localhost/app?authSource=users", options => options.Password = "v@ult");

        Assert.Equal(MongoCredential.CreateCredential("users", "app", "v@ult"), settings.Credential);
    }

    [Fact]
    public void Create_DefaultMechanism_OverridesTheOneOfTheUri()
    {
        var settings = Create(
            "mongodb://u:p@localhost/app?authMechanism=SCRAM-SHA-1",
            options => options.AuthMechanism = "default");

        Assert.Null(settings.Credential.Mechanism);
    }

    [Fact]
    public void Create_AuthOptions_LeaveEverythingElseOfTheUri()
    {
        const string Query = "?replicaSet=rs&readPreference=secondary&readPreferenceTags=a:b&maxStalenessSeconds=120" +
            "&w=2&j=true&wtimeoutMS=5&tls=true&tlsInsecure=true&appName=x&compressors=zlib&zlibCompressionLevel=3" +
            "&localThresholdMS=7&heartbeatFrequencyMS=7777&maxIdleTimeMS=7&maxLifeTimeMS=9&waitQueueTimeoutMS=3" +
            "&serverMonitoringMode=poll&maxConnecting=4&readConcernLevel=majority&retryReads=false&ipv6=true" +
            "&socketTimeoutMS=0&connectTimeoutMS=1";

        var plain = Create("mongodb://u:p@h1:1,h2:2/app" + Query + "&authSource=users");
        var split = Create("mongodb://h1:1,h2:2/app" + Query, options =>
            (options.UserName, options.Password, options.AuthSource) = ("u", "p", "users"));

        Assert.Equal(plain, split);
    }

    [Fact]
    public void Create_AnyPassword_ReachesTheCredential()
    {
        Prop.ForAll<NonNull<string>>(password =>
        {
            // UTF-16 that is no text cannot be written in a URL.
            if (password.Get.Any(char.IsSurrogate))
            {
                return true;
            }

            var settings = Create(Server, options => (options.UserName, options.Password) = ("u", password.Get));
            return GetPassword(settings.Credential) == password.Get;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Create_LibraryInfo_NamesThisLibraryAndItsVersion()
    {
        var library = Create(Server).LibraryInfo;

        Assert.Equal("SessionManager", library.Name);
        Assert.Matches(@"^\d+\.\d+\.\d+[0-9A-Za-z.-]*$", library.Version);
    }

    [Fact]
    public void Create_ApplicationName_IsLeftToTheUri()
    {
        var named = Create(Server + "?appName=web", options => options.ApplicationName = "bot");
        var silent = Create(Server, options => options.ApplicationName = "bot");

        Assert.Equal("web", named.ApplicationName);
        Assert.Null(silent.ApplicationName);
    }

    [Fact]
    public void Create_LoggerFactory_LogsWithoutDocuments()
    {
        using var provider = new FakeLoggerProvider();
        using var factory = new Microsoft.Extensions.Logging.LoggerFactory([provider]);

        var settings = MongoClientSettingsFactory.Create(new() { ConnectionString = Server }, factory);

        Assert.Same(factory, settings.LoggingSettings.LoggerFactory);
        Assert.Equal(0, settings.LoggingSettings.MaxDocumentSize);
        Assert.Null(Create(Server).LoggingSettings);
    }

    [Fact]
    public void Create_ConfigureClient_HasTheLastWord()
    {
        MongoClientSettings? seen = null;

        var settings = MongoClientSettingsFactory.Create(
            new()
            {
                ConnectionString = Server,
                MaxPoolSize = 20,
                ConfigureClient = client =>
                {
                    seen = client.Clone();
                    client.MaxConnectionPoolSize = 30;
                    client.LibraryInfo = new LibraryInfo("Mine");
                },
            },
            NullLoggerFactory.Instance);

        Assert.Equal(20, seen!.MaxConnectionPoolSize);
        Assert.Equal("SessionManager", seen.LibraryInfo.Name);
        Assert.NotNull(seen.LoggingSettings);
        Assert.Equal(30, settings.MaxConnectionPoolSize);
        Assert.Equal("Mine", settings.LibraryInfo.Name);
    }

    [Fact]
    public void Create_NoConnectionString_SaysHowToGiveOne()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => MongoClientSettingsFactory.Create(new(), null));

        Assert.StartsWith("Connection string is required", exception.Message, StringComparison.Ordinal);
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static MongoClientSettings Create(
        string connectionString, Action<MongoSessionManagerOptions>? configure = null)
    {
        var options = new MongoSessionManagerOptions { ConnectionString = connectionString };
        configure?.Invoke(options);
        return MongoClientSettingsFactory.Create(options, loggerFactory: null);
    }

    private static string? GetPassword(MongoCredential? credential) =>
        credential?.Evidence is PasswordEvidence evidence ? Reveal(evidence.SecurePassword) : null;

    private static string? Reveal(SecureString secret)
    {
        var pointer = Marshal.SecureStringToGlobalAllocUnicode(secret);
        try
        {
            return Marshal.PtrToStringUni(pointer, secret.Length);
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(pointer);
        }
    }
}
