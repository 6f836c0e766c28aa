using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.TestServer;

namespace SessionManager.Testing.Server;

/// <summary>
/// A fail point of the server, on until it is disposed. <see cref="FailPointNames"/> names those that there are.
/// </summary>
/// <remarks>
/// Tests run side by side on one server: the data name the <c>appName</c> of the client or the <c>namespace</c>
/// (<c>database.collection</c>) that the fail point is about. The gateway has one fail point of each name, appName and
/// namespace; any other server has one of each name, so that there a second test waits for the first.
/// </remarks>
public sealed class FailPoint : IAsyncDisposable
{
    private const int CommandNotFound = 59;
    private const int FailPointSetFailed = 266;

    private static readonly TimeSpan LongestTest = TimeSpan.FromMinutes(2);
    private static readonly SemaphoreSlim OnlyOne = new(1);

    private readonly IMongoDatabase _admin;
    private readonly BsonDocument _off;
    private readonly long _countBefore;
    private long? _count;
    private bool _isOnlyOne;

    private FailPoint(IMongoDatabase admin, BsonDocument off, long countBefore, bool isOnlyOne)
    {
        _admin = admin;
        _off = off;
        _countBefore = countBefore;
        _isOnlyOne = isOnlyOne;
    }

    /// <summary>
    /// Sets a fail point.
    /// </summary>
    /// <param name="client">A client of the server; not one whose commands the fail point is about.</param>
    /// <param name="name">One of <see cref="FailPointNames"/>.</param>
    /// <param name="data">What it does and to whom, as docs/testing.md says.</param>
    /// <param name="times">How often it acts; <see langword="null"/> for as long as it is set.</param>
    /// <exception cref="InvalidOperationException">The server does not know the fail point.</exception>
    public static async Task<FailPoint> SetAsync(IMongoClient client, string name, BsonDocument data, int? times = null)
    {
        if (!data.Contains("appName") && !data.Contains("namespace"))
        {
            throw new ArgumentException("Without appName or namespace the fail point is about every test's commands.", nameof(data));
        }

        var cancellationToken = TestContext.Current.CancellationToken;
        var admin = client.GetDatabase("admin");
        var isOnlyOne = !await IsGatewayAsync(admin, cancellationToken);
        if (isOnlyOne && !await OnlyOne.WaitAsync(LongestTest, cancellationToken))
        {
            throw new InvalidOperationException($"Another fail point is still set, and this server has one only: '{name}' cannot be set.");
        }

        try
        {
            BsonValue mode = times is { } n ? new BsonDocument("times", n) : "alwaysOn";
            var countBefore = await ConfigureAsync(admin, ToCommand(name, mode, data), cancellationToken);
            return new FailPoint(admin, ToCommand(name, "off", data), countBefore, isOnlyOne);
        }
        catch (Exception exception)
        {
            Release(isOnlyOne);
            if (exception is MongoCommandException { Code: CommandNotFound or FailPointSetFailed })
            {
                throw new InvalidOperationException(
                    $"The server does not know the fail point '{name}': a mongod needs --setParameter enableTestCommands=1 for "
                    + $"'{FailPointNames.FailCommand}', and the others are of the gateway in tests/SessionManager.TestServer.",
                    exception);
            }

            throw;
        }
    }

    /// <summary>
    /// Turns the fail point off, if it is not yet.
    /// </summary>
    /// <returns>How often it has acted.</returns>
    public async Task<long> TurnOffAsync()
    {
        if (_count is null)
        {
            try
            {
                _count = await ConfigureAsync(_admin, _off, CancellationToken.None) - _countBefore;
            }
            finally
            {
                Release(_isOnlyOne);
                _isOnlyOne = false;
            }
        }

        return _count.Value;
    }

    public async ValueTask DisposeAsync() => await TurnOffAsync();

    private static BsonDocument ToCommand(string name, BsonValue mode, BsonDocument data) =>
        new() { { "configureFailPoint", name }, { "mode", mode }, { "data", data } };

    private static async Task<long> ConfigureAsync(IMongoDatabase admin, BsonDocument command, CancellationToken cancellationToken)
    {
        var reply = await admin.RunCommandAsync<BsonDocument>(command, cancellationToken: cancellationToken);
        return reply.GetValue("count", 0).ToInt64();
    }

    private static async Task<bool> IsGatewayAsync(IMongoDatabase admin, CancellationToken cancellationToken)
    {
        var build = await admin.RunCommandAsync<BsonDocument>(new BsonDocument("buildInfo", 1), cancellationToken: cancellationToken);
        return build.GetValue("gitVersion", "") == "documentdb";
    }

    private static void Release(bool isOnlyOne)
    {
        if (isOnlyOne)
        {
            OnlyOne.Release();
        }
    }
}
