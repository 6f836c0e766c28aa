namespace SessionManager.TestServer.DocumentDb;

/// <summary>The data of one server, marked as owned for as long as this process lives.</summary>
internal sealed class DataFolder(string inside, string outside, FileStream owner) : IDisposable
{
    public string Inside => inside;

    public string Outside => outside;

    public void Dispose()
    {
        if (Directory.Exists(outside))
        {
            Directory.Delete(outside, recursive: true);
        }

        File.Delete(owner.Name);
        owner.Dispose();
    }
}
