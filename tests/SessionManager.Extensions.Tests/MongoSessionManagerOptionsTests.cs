using System.Reflection;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace SessionManager;

public class MongoSessionManagerOptionsTests
{
    private const string EveryOption =
        """
        {
          "SessionManager": {
            "ConnectionString": "mongodb://localhost:27017/app",
            "DatabaseName": "agents",
            "SessionTtl": "90.00:00:00",
            "EraseRedactedMessages": true,
            "RunTerm": "00:00:45",
            "DeletionGracePeriod": "2.00:00:00",
            "CollectionName": "conversations",
            "ApplicationName": "support-bot",
            "MetadataFields": [ "priority", "customer.tier" ],
            "CreateIndexes": false,
            "MaxPoolSize": 50,
            "MinPoolSize": 5,
            "MaxIdleTime": "00:01:00",
            "WaitQueueTimeout": "00:00:02",
            "ServerSelectionTimeout": "00:00:03",
            "ConnectTimeout": "00:00:04",
            "SocketTimeout": "00:00:06.500",
            "RetryWrites": false,
            "RetryReads": false,
            "Compressors": [ "zstd", "snappy" ],
            "WriteConcern": "majority",
            "Journal": true,
            "Fsync": false,
            "UserName": "app",
            "Password": "p@ss",
            "AuthSource": "admin",
            "AuthMechanism": "SCRAM-SHA-256",
            "UseTls": true,
            "TlsAllowInvalidCertificates": true
          }
        }
        """;

    private static readonly string[] SessionOptions =
    [
        "ApplicationName", "CollectionName", "ConnectionString", "CreateIndexes", "DatabaseName", "DeletionGracePeriod", "EraseRedactedMessages", "MetadataFields",
        "RunTerm", "SerializerOptions", "SessionTtl",
    ];

    internal static IEnumerable<string> ClientOptions => Properties().Select(property => property.Name).Except(SessionOptions);

    [Fact]
    public void Constructor_Defaults_AreThoseDocumented()
    {
        var options = new MongoSessionManagerOptions();

        Assert.Equal("sessions", options.CollectionName);
        Assert.True(options.CreateIndexes);
        Assert.False(options.EraseRedactedMessages);
        Assert.Null(options.SessionTtl);
        Assert.Equal(TimeSpan.FromSeconds(30), options.RunTerm);
        Assert.Equal(TimeSpan.FromDays(7), options.DeletionGracePeriod);
        Assert.Empty(options.MetadataFields);
        Assert.Equal(
            ["CollectionName", "CreateIndexes", "DeletionGracePeriod", "EraseRedactedMessages", "MetadataFields", "RunTerm"],
            Properties()
                .Where(property => property.GetValue(options) is not null)
                .Select(property => property.Name)
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Bind_EveryOption_IsRead()
    {
        var options = Bind(EveryOption);

        Assert.Equal("mongodb://localhost:27017/app", options.ConnectionString);
        Assert.Equal("agents", options.DatabaseName);
        Assert.Equal("conversations", options.CollectionName);
        Assert.Equal("support-bot", options.ApplicationName);
        Assert.Equal(["priority", "customer.tier"], options.MetadataFields);
        Assert.False(options.CreateIndexes);
        Assert.Equal(TimeSpan.FromDays(90), options.SessionTtl);
        Assert.True(options.EraseRedactedMessages);
        Assert.Equal(TimeSpan.FromSeconds(45), options.RunTerm);
        Assert.Equal(TimeSpan.FromDays(2), options.DeletionGracePeriod);
        Assert.Equal(50, options.MaxPoolSize);
        Assert.Equal(5, options.MinPoolSize);
        Assert.Equal(TimeSpan.FromMinutes(1), options.MaxIdleTime);
        Assert.Equal(TimeSpan.FromSeconds(2), options.WaitQueueTimeout);
        Assert.Equal(TimeSpan.FromSeconds(3), options.ServerSelectionTimeout);
        Assert.Equal(TimeSpan.FromSeconds(4), options.ConnectTimeout);
        Assert.Equal(TimeSpan.FromSeconds(6.5), options.SocketTimeout);
        Assert.False(options.RetryWrites);
        Assert.False(options.RetryReads);
        Assert.Equal(["zstd", "snappy"], options.Compressors);
        Assert.Equal("majority", options.WriteConcern);
        Assert.True(options.Journal);
        Assert.False(options.Fsync);
        Assert.Equal("app", options.UserName);
        Assert.Equal("p@ss", options.Password);
        Assert.Equal("admin", options.AuthSource);
        Assert.Equal("SCRAM-SHA-256", options.AuthMechanism);
        Assert.True(options.UseTls);
        Assert.True(options.TlsAllowInvalidCertificates);
    }

    [Fact]
    public void Bind_EveryOption_LeavesOutOnlyWhatIsSetInCode()
    {
        var section = Section(EveryOption);

        var unbound = Properties()
            .Select(property => property.Name)
            .Except(section.GetChildren().Select(child => child.Key));

        Assert.Equal(["ConfigureClient", "SerializerOptions"], unbound.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void FindClientOptions_EveryOption_NamesThoseOfTheClient()
    {
        var options = Bind(EveryOption);
        options.ConfigureClient = _ => { };

        Assert.Equal(ClientOptions.Order(StringComparer.Ordinal), options.FindClientOptions().Order(StringComparer.Ordinal));
        Assert.Empty(new MongoSessionManagerOptions().FindClientOptions());
    }

    [Fact]
    public void Bind_WriteConcernAsNumber_IsRead()
    {
        var options = Bind("""{ "SessionManager": { "WriteConcern": 2 } }""");

        Assert.Equal("2", options.WriteConcern);
    }

    [Fact]
    public void Bind_EmptySection_KeepsDefaults()
    {
        var options = Bind("""{ "SessionManager": { } }""");

        Assert.Equal("sessions", options.CollectionName);
        Assert.Null(options.MaxPoolSize);
        Assert.Null(options.Compressors);
    }

    private static PropertyInfo[] Properties() => typeof(MongoSessionManagerOptions).GetProperties();

    private static MongoSessionManagerOptions Bind(string json)
    {
        var options = new MongoSessionManagerOptions();
        Section(json).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        return options;
    }

    private static IConfigurationSection Section(string json) =>
        new ConfigurationBuilder()
            .AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json)))
            .Build()
            .GetSection("SessionManager");
}
