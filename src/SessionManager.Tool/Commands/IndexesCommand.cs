using System.CommandLine;
using SessionManager.Tool.Doctor;
using SessionManager.Tool.Output;
using Spectre.Console;

namespace SessionManager.Tool.Commands;

/// <summary>
/// <c>indexes</c>: which are there, which are missing, and creating them.
/// </summary>
internal static class IndexesCommand
{
    public static Command Create(PlaceOptions place, Terminal terminal)
    {
        var create = new Option<bool>("--create") { Description = "Create what is missing." };
        var fields = new IndexOptions();
        var command = new Command("indexes", "Shows the indexes that sessions need and have, and creates what is missing.") { create, fields.MetadataFields, fields.Expires };
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var opened = place.Open(result, options => fields.Apply(result, options));
            var before = await IndexList.ReadAsync(opened, fields.GetMetadataFields(result), result.GetValue(fields.Expires), cancellationToken);
            var indexes = before;
            if (result.GetValue(create) && before.Any(static index => index.State == IndexState.Missing))
            {
                await terminal.Notes.Status().StartAsync("Creating indexes …", _ => opened.Storage.PrepareAsync(cancellationToken));
                var after = await IndexList.ReadAsync(opened, fields.GetMetadataFields(result), result.GetValue(fields.Expires), cancellationToken);
                indexes = [.. after.Select(index => before.Contains(index) ? index : index with { State = IndexState.Created })];
            }

            if (result.GetValue(place.Json))
            {
                terminal.WriteJson(indexes);
            }
            else
            {
                var table = new Table { Border = TableBorder.Rounded };
                table.AddColumns("collection", "index", "state");
                foreach (var index in indexes)
                {
                    table.AddRow(new Text(SafeText.Clean(index.Collection)), new Text(SafeText.Clean(index.Name)), new Text(index.State.ToString().ToLowerInvariant()));
                }

                terminal.Write(table);
            }

            return indexes.Any(static index => index.State == IndexState.Missing) ? ExitCode.Findings : ExitCode.Success;
        });
        return command;
    }
}
