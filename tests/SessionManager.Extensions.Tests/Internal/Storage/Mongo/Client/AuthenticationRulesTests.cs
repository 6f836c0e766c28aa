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
                (string?, string?)[] credentials = [(null, null), ("Canary-u", null), ("Canary-u", "Canary-p"), (null, "Canary-p"), ("Canary-u", "")];
                foreach (var (user, password) in credentials)
                {
                    foreach (var source in new[] { null, "admin", "$external" })
                    {
                        data.Add(mechanism, user, password, source, "");
                        data.Add(mechanism, user, password, source, "Canary-u2:Canary-p2@");
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
        Assert.All(faults, fault => Assert.DoesNotContain("anary", fault, StringComparison.OrdinalIgnoreCase));
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

    [Theory]
    [InlineData("u:p@", "authMechanism=default")]
    [InlineData("u:p@", "authMechanism=scram-sha-1")]
    [InlineData("", "authMechanism=mongodb-x509")]
    public void FindFaults_OtherSpellingInTheConnectionString_AgreesWithTheDriver(string userInfo, string query)
    {
        var options = new MongoSessionManagerOptions { ConnectionString = $"mongodb://{userInfo}host/app?{query}" };

        var faults = FindFaults(options);

        Assert.Equal(Accepts(() => MongoClientSettingsFactory.Create(options, null).Freeze()), faults.Count == 0);
    }

    [Theory]
    [InlineData("PLAIN", "u", null, "A PLAIN credential must have a password")]
    [InlineData("MONGODB-AWS", "u", null, "A MONGODB-AWS credential must have a secret access key")]
    [InlineData(null, null, "p", "a password needs a user name")]
    public void FindFaults_CredentialsThatDoNotFit_SayWhy(string? mechanism, string? userName, string? password, string fault)
    {
        var options = new MongoSessionManagerOptions { AuthMechanism = mechanism, UserName = userName, Password = password };

        Assert.EndsWith($"do not fit: {fault}", Assert.Single(AuthenticationRules.FindFaults(options, null)), StringComparison.Ordinal);
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

        var faults = AuthenticationRules.FindFaults(options, null);

        Assert.Equal(["UserName", "AuthSource", "AuthMechanism,"], faults.Select(fault => fault.Split(' ')[0]));
    }

    [Fact]
    public void FindFaults_UnreadableConnectionString_MissesNothing()
    {
        var options = new MongoSessionManagerOptions { ConnectionString = "mongodb://u@", Password = "p" };

        Assert.Empty(AuthenticationRules.FindFaults(options, null));
    }

    private static IReadOnlyList<string> FindFaults(MongoSessionManagerOptions options) =>
        AuthenticationRules.FindFaults(options, new ConnectionString(options.ConnectionString));

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
