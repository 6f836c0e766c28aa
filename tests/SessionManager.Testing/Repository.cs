namespace SessionManager.Testing;

/// <summary>
/// The files of the repository in which the tests run.
/// </summary>
public static class Repository
{
    public static string GetPath(string relative)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "SessionManager.sln")))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The tests do not run within the repository.");
        }

        return Path.Combine(root, relative);
    }
}
