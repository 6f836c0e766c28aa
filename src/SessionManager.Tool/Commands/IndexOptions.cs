using System.CommandLine;

namespace SessionManager.Tool.Commands;

/// <summary>
/// What of an application's options decides which indexes there are.
/// </summary>
internal sealed class IndexOptions
{
    // Any lifetime: the index is the same.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(36_500);

    public Option<string[]> MetadataFields { get; } = new("--metadata-field")
    {
        Description = "A field of metadata that the application indexes (MetadataFields). May be given several times.",
        HelpName = "path",
    };

    public Option<bool> Expires { get; } = new("--expires") { Description = "The application's sessions have a lifetime (SessionTtl)." };

    public string[] GetMetadataFields(ParseResult result) => result.GetValue(MetadataFields) ?? [];

    /// <summary>
    /// Makes the library create them, when it is asked to.
    /// </summary>
    public void Apply(ParseResult result, MongoSessionManagerOptions options)
    {
        options.CreateIndexes = true;
        options.MetadataFields = [.. GetMetadataFields(result)];
        options.SessionTtl = result.GetValue(Expires) ? Lifetime : null;
    }
}
