using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SessionManager.Internal.Storage.Mongo.Client;

public class OptionsValidationTests
{
    private const string Canary = "Canary-7f3a";

    [Fact]
    public async Task StartAsync_EveryFault_IsInOneMessage()
    {
        using var host = BuildHost(options =>
        {
            options.ConnectionString = "mongodb://localhost/?w=0";
            options.CollectionName = "";
            options.MetadataFields = ["a..b", "x", "x"];
            options.MaxPoolSize = 2;
            options.MinPoolSize = 3;
            options.MaxIdleTime = TimeSpan.Zero;
            options.WaitQueueTimeout = TimeSpan.Zero;
            options.ServerSelectionTimeout = TimeSpan.Zero;
            options.ConnectTimeout = TimeSpan.Zero;
            options.SocketTimeout = TimeSpan.Zero;
            options.Compressors = ["lz4"];
            options.UserName = "";
            options.AuthSource = "a/b";
            options.AuthMechanism = "BOGUS";
            options.TlsAllowInvalidCertificates = true;
        });

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => host.StartAsync(TestContext.Current.CancellationToken));

        string[] expected =
        [
            "ConnectionString has write concern 0", "DatabaseName is required", "CollectionName", "MetadataFields[0]",
            "MetadataFields[2]", "MinPoolSize (3) is greater than MaxPoolSize (2)", "MaxIdleTime", "WaitQueueTimeout",
            "ServerSelectionTimeout", "ConnectTimeout", "SocketTimeout", "Compressors[0]", "UserName", "AuthSource",
            "AuthMechanism", "TlsAllowInvalidCertificates",
        ];
        Assert.All(
            expected,
            part => Assert.Contains($"MongoSessionManagerOptions.{part}", exception.Message, StringComparison.Ordinal));
        Assert.Equal(expected.Length, exception.Failures.Count());
    }

    [Fact]
    public async Task StartAsync_NothingConfigured_SaysConnectionStringIsRequired()
    {
        using var host = BuildHost(_ => { });

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("Connection string is required", exception.Message, StringComparison.Ordinal);
        Assert.Contains("DatabaseName is required", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_ValidOptions_Starts()
    {
        using var host = BuildHost(options => options.ConnectionString = "mongodb://localhost/app");

        await host.StartAsync(TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("mongodb://user:Canary-7f3a%zz@localhost/app")]
    [InlineData("mongodb://user:Canary-7f3a/x@localhost/app")]
    [InlineData("mongodb://user:x/Canary-7f3a@localhost/app")]
    [InlineData("mongodb://user:x:Canary-7f3a@localhost/app")]
    [InlineData("mongodb://user:x@Canary-7f3a@localhost/app")]
    [InlineData("mongodb://user:1/Canary-7f3a@localhost/app")]
    [InlineData("mongodb://user:1/ ?Canary-7f3a=1@localhost/app")]
    [InlineData("mongodb://user:1?w=Canary-7f3a&x@localhost/app/app")]
    [InlineData("mongodb://user:1/5?Canary7=Canary-7f3a&Canary7=%zz@localhost/app")]
    [InlineData("mongodb+srv://user:1/5?w=1&Canary7=Canary-7f3a;x@localhost/app")]
    [InlineData("mongodb://user:1/5?retryWrites=Canary-7f3a@localhost/app")]
    [InlineData("mongodb://user:Canary-7f3a@localhost:99999/app")]
    [InlineData("mongodb://user:Canary-7f3a@localhost/app?retryWrites=Canary-7f3a")]
    [InlineData("mongodb://user:Canary-7f3a@localhost/a%20b?w=0")]
    [InlineData("mongodb://user:Canary-7f3a@localhost/app?authMechanism=Canary-7f3a")]
    [InlineData("mongodb://user:Canary-7f3a@localhost/app?authMechanism=MONGODB-X509")]
    [InlineData("mongodb://Canary-7f3a@localhost/app")]
    [InlineData("mongodb://user:%43anary-7f3a@localhost/app?w=")]
    [InlineData("mongodb+srv://user:Canary-7f3a@a.example.com:1/app")]
    [InlineData("mongodb+srv://user:Canary-7f3a@a.example.com,b.example.com/app")]
    [InlineData("http://user:Canary-7f3a@localhost/app")]
    [InlineData(" mongodb://user:Canary-7f3a@localhost/app")]
    [InlineData("user:Canary-7f3a@localhost")]
    public async Task StartAsync_SecretInBadConnectionString_IsInNoMessage(string connectionString)
    {
        using var host = BuildHost(options => options.ConnectionString = connectionString);

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => host.StartAsync(TestContext.Current.CancellationToken));

        AssertNoSecret(exception);
        Assert.Null(exception.InnerException);
    }

    [Theory]
    [InlineData("mongodb://user:x/Canary-7f3a@localhost/app")]
    [InlineData("mongodb://user:Canary-7f3a@localhost/app?retryWrites=Canary-7f3a")]
    [InlineData("mongodb://user:%43anary-7f3a@localhost:99999/app")]
    public void Create_UnvalidatedBadConnectionString_IsInNoMessage(string connectionString)
    {
        using var provider = new ServiceCollection().BuildServiceProvider();
        var options = new MongoSessionManagerOptions { ConnectionString = connectionString };

        var exception = Assert.Throws<InvalidOperationException>(
            () => MongoClientSource.Create(provider, null, options));

        AssertNoSecret(exception);
    }

    [Fact]
    public async Task StartAsync_SecretOptions_AreInNoMessage()
    {
        using var host = BuildHost(options =>
        {
            options.ConnectionString = "mongodb://localhost:99999";
            options.UserName = " ";
            options.Password = Canary;
            options.AuthMechanism = "MONGODB-X509";
        });

        AssertNoSecret(await Assert.ThrowsAsync<OptionsValidationException>(
            () => host.StartAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void TryRead_AnyPassword_IsNeverInTheFault()
    {
        Prop.ForAll<NonNull<string>, NonNull<string>>((before, after) =>
        {
            var text = $"mongodb://user:{before.Get}{Canary}{after.Get}@localhost/app";
            return ConnectionStringReader.TryRead(text, out _, out var fault)
                || !fault.Contains(Canary, StringComparison.OrdinalIgnoreCase);
        }).QuickCheckThrowOnFailure();
    }

    private static void AssertNoSecret(Exception exception)
    {
        for (var current = exception; current is not null; current = current.InnerException)
        {
            Assert.DoesNotContain("anary", current.ToString(), StringComparison.OrdinalIgnoreCase);
            var data = string.Join(",", current.Data.Values.Cast<object>());
            Assert.DoesNotContain("anary", data, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static IHost BuildHost(Action<MongoSessionManagerOptions> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services
            .AddOptionsWithValidateOnStart<MongoSessionManagerOptions, MongoSessionManagerOptionsValidator>()
            .Configure(configure);
        builder.Services.AddSingleton<
            IValidateOptions<MongoSessionManagerOptions>, MongoSessionManagerOptionsCustomValidator>();
        return builder.Build();
    }
}
