namespace SessionManager.Internal.Storage.Mongo.Client;

public class ConnectionStringReaderTests
{
    [Theory]
    [InlineData("agents", "mongodb://localhost/app", "agents")]
    [InlineData(null, "mongodb://localhost/app?w=1", "app")]
    [InlineData(null, "mongodb+srv://h.example.com/%61pp", "app")]
    [InlineData(null, "mongodb://localhost/?w=1", null)]
    [InlineData(null, "nonsense", null)]
    [InlineData(null, " ", null)]
    [InlineData(null, null, null)]
    public void GetDatabaseName_OptionElseConnectionString(string? option, string? connectionString, string? expected)
    {
        var options = new MongoSessionManagerOptions { DatabaseName = option, ConnectionString = connectionString };

        Assert.Equal(expected, ConnectionStringReader.GetDatabaseName(options));
    }

    [Fact]
    public void TryRead_AllSilent_TellsSo()
    {
        Assert.True(ConnectionStringReader.TryRead("mongodb://localhost/app", out var connectionString, out var fault));

        Assert.Null(connectionString.MaxPoolSize);
        Assert.Null(connectionString.SocketTimeout);
        Assert.Null(fault);
    }
}
