using MongoDB.Driver;

namespace SessionManager.Internal.Storage.Mongo.Client;

// An option that is set wins, then the connection string, then the default.
public partial class MongoClientSettingsFactoryTests
{
    // For each client option: what a silent connection string gives, one that speaks, and the option set against it.
    private static readonly Dictionary<string, Case> Cases = new()
    {
        [nameof(MongoSessionManagerOptions.MaxPoolSize)] =
            new("maxPoolSize=70", o => o.MaxPoolSize = 60, s => s.MaxConnectionPoolSize, 100, 70, 60),
        [nameof(MongoSessionManagerOptions.MinPoolSize)] =
            new("MINPOOLSIZE=7", o => o.MinPoolSize = 6, s => s.MinConnectionPoolSize, 0, 7, 6),
        [nameof(MongoSessionManagerOptions.MaxIdleTime)] =
            new("maxIdleTimeMS=7000", o => o.MaxIdleTime = Seconds(6),
                s => s.MaxConnectionIdleTime, Seconds(120), Seconds(7), Seconds(6)),
        [nameof(MongoSessionManagerOptions.WaitQueueTimeout)] =
            new("waitQueueTimeout=7s", o => o.WaitQueueTimeout = Seconds(6),
                s => s.WaitQueueTimeout, Seconds(5), Seconds(7), Seconds(6)),
        [nameof(MongoSessionManagerOptions.ServerSelectionTimeout)] =
            new("serverSelectionTimeoutMS=7000", o => o.ServerSelectionTimeout = Seconds(6),
                s => s.ServerSelectionTimeout, Seconds(5), Seconds(7), Seconds(6)),
        [nameof(MongoSessionManagerOptions.ConnectTimeout)] =
            new("connectTimeoutMS=%37000", o => o.ConnectTimeout = Seconds(6),
                s => s.ConnectTimeout, Seconds(10), Seconds(7), Seconds(6)),
        [nameof(MongoSessionManagerOptions.SocketTimeout)] =
            new("socketTimeoutMS=0", o => o.SocketTimeout = Seconds(6),
                s => s.SocketTimeout, Seconds(30), TimeSpan.Zero, Seconds(6)),
        [nameof(MongoSessionManagerOptions.RetryWrites)] =
            new("retryWrites=false", o => o.RetryWrites = true, s => s.RetryWrites, true, false, true),
        [nameof(MongoSessionManagerOptions.RetryReads)] =
            new("retryReads=false", o => o.RetryReads = true, s => s.RetryReads, true, false, true),
        [nameof(MongoSessionManagerOptions.Compressors)] =
            new("compressors=zlib", o => o.Compressors = ["zstd", "Snappy"],
                s => string.Join(",", s.Compressors.Select(c => c.Type)), "", "Zlib", "ZStandard,Snappy"),
        [nameof(MongoSessionManagerOptions.WriteConcern)] =
            new("w=2", o => o.WriteConcern = "Majority",
                s => s.WriteConcern.W, null, new WriteConcern.WCount(2), WriteConcern.WMajority.W),
        [nameof(MongoSessionManagerOptions.Journal)] =
            new("j=false", o => o.Journal = true, s => s.WriteConcern.Journal, null, false, true),
        [nameof(MongoSessionManagerOptions.Fsync)] =
            new("fsync=false", o => o.Fsync = true, s => s.WriteConcern.FSync, null, false, true),
        [nameof(MongoSessionManagerOptions.UseTls)] =
            new("tls=true", o => o.UseTls = false, s => s.UseTls, false, true, false),
        [nameof(MongoSessionManagerOptions.TlsAllowInvalidCertificates)] =
            new("tlsInsecure=true", o => o.TlsAllowInvalidCertificates = false,
                s => s.AllowInsecureTls, false, true, false),
        [nameof(MongoSessionManagerOptions.UserName)] =
            new("", o => o.UserName = "v@ult",
                s => s.Credential?.Username, null, "uri", "v@ult")
            { UserInfo = "uri:secret@" },
        [nameof(MongoSessionManagerOptions.Password)] =
            new("", o => o.Password = "v@ult/%",
                s => GetPassword(s.Credential), null, "s3c:ret", "v@ult/%")
            { UserInfo = "uri:s3c%3Aret@" },
        [nameof(MongoSessionManagerOptions.AuthSource)] =
            new("authSource=users", o => o.AuthSource = "vault",
                s => s.Credential?.Source, null, "users", "vault")
            { UserInfo = "uri:secret@" },
        [nameof(MongoSessionManagerOptions.AuthMechanism)] =
            new("authMechanism=SCRAM-SHA-1", o => o.AuthMechanism = "scram-sha-256",
                s => s.Credential?.Mechanism, null, "SCRAM-SHA-1", "SCRAM-SHA-256")
            { UserInfo = "uri:secret@" },
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Fact]
    public void Cases_CoverEveryClientOption()
    {
        var options = MongoSessionManagerOptionsTests.ClientOptions.Except([nameof(MongoSessionManagerOptions.ConfigureClient)]);

        Assert.Equal(options.Order(StringComparer.Ordinal), Cases.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Create_NothingSaid_AppliesTheDefault(string name)
    {
        var settings = Create(Server);

        Assert.Equal(Cases[name].Default, Cases[name].Read(settings));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Create_ConnectionStringSaysIt_IsHonoured(string name)
    {
        var settings = Create(Cases[name].Uri);

        Assert.Equal(Cases[name].FromUri, Cases[name].Read(settings));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Create_OptionAndConnectionStringSayIt_OptionWins(string name)
    {
        var settings = Create(Cases[name].Uri, Cases[name].Set);

        Assert.Equal(Cases[name].FromOption, Cases[name].Read(settings));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Create_OneOptionSet_ChangesNoOther(string name)
    {
        var before = Create(Cases[name].Uri);
        var after = Create(Cases[name].Uri, Cases[name].Set);

        Assert.All(
            Cases.Where(other => other.Key != name),
            other => Assert.Equal(other.Value.Read(before), other.Value.Read(after)));
    }

    private sealed record Case(
        string Query,
        Action<MongoSessionManagerOptions> Set,
        Func<MongoClientSettings, object?> Read,
        object? Default,
        object? FromUri,
        object? FromOption)
    {
        public string UserInfo { get; init; } = "";

        public string Uri => $"mongodb://{UserInfo}localhost/app{(Query.Length > 0 ? "?" : "")}{Query}";
    }
}
