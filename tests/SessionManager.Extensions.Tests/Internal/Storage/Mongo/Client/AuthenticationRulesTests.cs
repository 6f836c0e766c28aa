using MongoDB.Driver;
using MongoDB.Driver.Core.Configuration;

namespace SessionManager.Internal.Storage.Mongo.Client;

public class AuthenticationRulesTests
{
    public static TheoryData<string?, string?, string?, string?, string> Combinations
    {
        get
        {
            string?[] mechanisms =
            [
                null, "DEFAULT", "SCRAM-SHA-1", "scram-sha-256", "PLAIN", "MONGODB-X509", "MONGODB-AWS", "MONGODB-OIDC",
                "GSSAPI", "MONGODB-CR", "BOGUS", "",
            ];
            var data = new TheoryData<string?, string?, string?, string?, string>();
            foreach (var mechanism in mechanisms)
            {
                (string?, string?)[] credentials = [(null, null), ("u", null), ("u", "p"), (null, "p"), ("u", "")];
                foreach (var (user, password) in credentials)
                {
                    foreach (var source in new[] { null, "admin", "$external" })
                    {
                        data.Add(mechanism, user, password, source, "");
                        data.Add(mechanism, user, password, source, "u2:p2@");
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void FindFaults_EveryCombination_AgreesWithTheDriver(
        string? mechanism, string? userName, string? password, string? source, string userInfo)
    {
        var options = new MongoSessionManagerOptions
        {
            ConnectionString = $"mongodb://{userInfo}localhost/app",
            AuthMechanism = mechanism,
            UserName = userName,
            Password = password,
            AuthSource = source,
        };

        var faults = FindFaults(options);

        var accepted = Accepts(() => MongoClientSettingsFactory.Create(options, null).Freeze());
        Assert.True(accepted == (faults.Count == 0), $"accepted: {accepted}; faults: {string.Join(", ", faults)}");
    }

    [Theory]
    [InlineData("u@", "w=1")]
    [InlineData("u:p@", "authMechanism=MONGODB-X509")]
    [InlineData("", "authMechanism=GSSAPI")]
    [InlineData("u:p@", "authMechanism=BOGUS")]
    [InlineData("", "authMechanism=MONGODB-X509&authSource=admin")]
    public void FindFaults_CredentialsOfTheConnectionString_AreChecked(string userInfo, string query)
    {
        var options = new MongoSessionManagerOptions { ConnectionString = $"mongodb://{userInfo}host/app?{query}" };

        Assert.Single(FindFaults(options));
    }

    [Fact]
    public void FindFaults_BlankNames_AreReportedTogether()
    {
        var options = new MongoSessionManagerOptions
        {
            UserName = " ",
            Password = "p",
            AuthSource = "",
            AuthMechanism = "x",
        };

        var faults = new AuthenticationRules(options, null).FindFaults().ToList();

        Assert.Equal(["UserName", "AuthSource", "AuthMechanism,"], faults.Select(fault => fault.Split(' ')[0]));
    }

    [Fact]
    public void FindFaults_UnreadableConnectionString_MissesNothing()
    {
        var options = new MongoSessionManagerOptions { ConnectionString = "mongodb://u@", Password = "p" };

        Assert.Empty(new AuthenticationRules(options, null).FindFaults());
    }

    private static List<string> FindFaults(MongoSessionManagerOptions options) =>
        [.. new AuthenticationRules(options, new ConnectionString(options.ConnectionString)).FindFaults()];

    private static bool Accepts(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception exception)
            when (exception is ArgumentException or NotSupportedException or MongoConfigurationException)
        {
            return false;
        }
    }
}
