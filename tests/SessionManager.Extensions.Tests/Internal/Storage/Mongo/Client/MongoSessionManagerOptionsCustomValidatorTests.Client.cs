namespace SessionManager.Internal.Storage.Mongo.Client;

public partial class MongoSessionManagerOptionsCustomValidatorTests
{
    [Theory]
    [InlineData(5, 6, "", "(6) is greater than MaxPoolSize (5)")]
    [InlineData(5, null, "?minPoolSize=6", "(6) is greater than MaxPoolSize (5)")]
    [InlineData(null, 6, "?maxPoolSize=5", "(6) is greater than MaxPoolSize (5)")]
    public void Validate_MinPoolSizeAboveMax_ShowsBoth(int? max, int? min, string query, string fault)
    {
        var failures = Validate(options =>
            (options.MaxPoolSize, options.MinPoolSize, options.ConnectionString) = (max, min, Server + query));

        Assert.Contains(fault, Assert.Single(failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(5, null)]
    [InlineData(null, 500)]
    [InlineData(0, 500)]
    public void Validate_PoolSizesThatFit_Succeeds(int? max, int? min) =>
        AssertValid(options => (options.MaxPoolSize, options.MinPoolSize) = (max, min));

    [Theory]
    [InlineData("mongodb://chat.cluster-abc.eu-west-1.docdb.amazonaws.com:27017/chat?tls=true", false)]
    [InlineData("mongodb://chat-1.eu-west-1.docdb-elastic.amazonaws.com:27017/chat?tls=true", false)]
    [InlineData("mongodb://ec2-1-2-3-4.eu-west-1.compute.amazonaws.com:27017/chat", true)]
    [InlineData("mongodb://docdb.example.com:27017/chat", true)]
    public void Validate_AmazonDocumentDb_SaysThatItCannotBeUsed(string connectionString, bool isValid)
    {
        var failures = Validate(options => options.ConnectionString = connectionString);

        Assert.Equal(!isValid, failures.Any(failure => failure.Contains("Amazon DocumentDB, which is not supported", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("lz4", "'lz4' is not one of zstd, zlib, snappy")]
    [InlineData("", "'' is not one of")]
    [InlineData(null, "'' is not one of")]
    public void Validate_BadCompressor_SaysWhichAndWhy(string? name, string fault)
    {
        var failure = Assert.Single(Validate(options => options.Compressors = ["zlib", name!]));

        Assert.StartsWith("MongoSessionManagerOptions.Compressors[1] ", failure, StringComparison.Ordinal);
        Assert.Contains(fault, failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("majority")]
    [InlineData("Majority")]
    [InlineData("1")]
    [InlineData("3")]
    [InlineData("dc-west")]
    public void Validate_WriteConcern_Succeeds(string text) => AssertValid(options => options.WriteConcern = text);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("99999999999")]
    [InlineData("")]
    [InlineData(" majority")]
    public void Validate_BadWriteConcern_SaysWhatIsWrong(string text)
    {
        var failure = Assert.Single(Validate(options => (options.WriteConcern, options.Journal) = (text, true)));

        Assert.Contains($"WriteConcern '{text}' must be", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_UnacknowledgedWritesInConnectionString_AreRefused()
    {
        var failures = Validate(options => options.ConnectionString = Server + "?w=0");

        Assert.Contains("write concern 0", Assert.Single(failures), StringComparison.Ordinal);
        AssertValid(options => (options.ConnectionString, options.WriteConcern) = (Server + "?w=0", "majority"));
    }

    [Theory]
    [InlineData(true, true, "", false)]
    [InlineData(true, null, "?fsync=true", false)]
    [InlineData(null, true, "?journal=true", false)]
    [InlineData(true, false, "?fsync=true", true)]
    [InlineData(null, true, "", true)]
    public void Validate_JournalAndFsync_ExcludeEachOther(bool? journal, bool? fsync, string query, bool isValid)
    {
        var failures = Validate(options =>
            (options.Journal, options.Fsync, options.ConnectionString) = (journal, fsync, Server + query));

        Assert.Equal(isValid, failures.Count == 0);
    }

    [Theory]
    [InlineData(null, "", false)]
    [InlineData(false, "?tls=true", false)]
    [InlineData(true, "?tls=false", true)]
    [InlineData(null, "?tls=true", true)]
    [InlineData(null, "?ssl=true", true)]
    public void Validate_TlsAllowInvalidCertificates_NeedsTls(bool? useTls, string query, bool isValid)
    {
        var failures = Validate(options =>
        {
            options.ConnectionString = Server + query;
            options.UseTls = useTls;
            options.TlsAllowInvalidCertificates = true;
        });

        Assert.Equal(isValid, failures.Count == 0);
    }

    [Fact]
    public void Validate_TlsAllowInvalidCertificatesWithSrv_Succeeds() =>
        AssertValid(options =>
            (options.ConnectionString, options.TlsAllowInvalidCertificates) = ("mongodb+srv://a.b.example/app", true));
}
