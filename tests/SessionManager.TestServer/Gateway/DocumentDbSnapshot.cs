using Npgsql;

namespace SessionManager.TestServer.Gateway;

/// <summary>What was committed at one moment, for other connections to read for as long as this is not disposed.</summary>
internal sealed class DocumentDbSnapshot(NpgsqlConnection connection, NpgsqlTransaction transaction, string id)
    : IAsyncDisposable
{
    public string Id => id;

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
