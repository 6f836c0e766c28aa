using System.Globalization;
using System.Text.RegularExpressions;
using MongoDB.Bson;
using Npgsql;

namespace SessionManager.TestServer.Gateway;

/// <summary>Words a violated unique index as MongoDB does. The key itself is not known here.</summary>
internal sealed partial class DuplicateKeyMessage(DocumentDbClient client)
{
    private const string UniqueIndexPrefix = "documents_rum_index_";

    /// <summary>Rewords what DocumentDB says inside a reply to a write, where it names the index.</summary>
    public static string Reword(Command command, string message) =>
        QuotedIndex().Match(message) is { Success: true } match
            ? Format(command, match.Groups[1].Value)
            : message;

    /// <summary>Words a failure of a statement, where PostgreSQL names its own constraint.</summary>
    public async Task<string> OfAsync(
        Command command, PostgresException exception, CancellationToken cancellationToken)
    {
        var constraint = exception.ConstraintName ?? "";
        if (!constraint.StartsWith(UniqueIndexPrefix, StringComparison.Ordinal))
        {
            return Format(command, "_id_");
        }

        var id = int.Parse(constraint.AsSpan(UniqueIndexPrefix.Length), CultureInfo.InvariantCulture);
        var name = await client.FindIndexNameAsync(id, cancellationToken);
        return Format(command, name.Length > 0 ? name : NameInCommand(command));
    }

    private static string Format(Command command, string index) =>
        $"E11000 duplicate key error collection: {command.Database}.{command.Target} index: {index} dup key";

    // An index that could not be created has left nothing behind but the command that asked for it.
    private static string NameInCommand(Command command) =>
        command.ToDocument().GetValue("indexes", new BsonArray()).AsBsonArray
            .Select(index => index.AsBsonDocument)
            .Where(index => index.GetValue("unique", false).ToBoolean())
            .Select(index => index.GetValue("name", "").AsString)
            .FirstOrDefault("");

    [GeneratedRegex("Index '(.*)'")]
    private static partial Regex QuotedIndex();
}
