using System.CommandLine;
using System.Runtime.CompilerServices;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Internal;
using SessionManager.Tool.Output;

namespace SessionManager.Tool.Commands;

/// <summary>
/// <c>assign</c>: gives a session to an owner, or each of those that nobody owns to the one that a field of it names.
/// </summary>
internal static class AssignCommand
{
    private const int PageSize = 100;

    public static Command Create(PlaceOptions place, Terminal terminal)
    {
        var session = new Argument<string?>("session") { Description = "The id of the session. Without it, all that nobody owns.", Arity = ArgumentArity.ZeroOrOne };
        var userField = new Option<string?>("--owner") { Description = "The field that says which user a session belongs to, such as metadata.user_id.", HelpName = "field" };
        var tenantField = new Option<string?>("--owner-tenant") { Description = "The field that says which tenant a session belongs to.", HelpName = "field" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what would be assigned." };
        var (owner, toOwner) = (new OwnerOptions(), new OwnerOptions("--to-"));
        var command = new Command("assign", "Gives sessions to their owners. It can be stopped at any point and begun again.")
        {
            session, owner.Tenant, owner.User, toOwner.Tenant, toOwner.User, userField, tenantField, yes, dryRun,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            var to = toOwner.Find(result);
            var fields = (User: result.GetValue(userField), Tenant: result.GetValue(tenantField));
            var id = result.GetValue(session);
            var of = owner.Find(result);
            if (id is null ? to is not null || of is not null || fields is (null, null) : to is null || fields is not (null, null))
            {
                throw new ToolException("Either a session and --to-tenant, --to-user or both; or --owner, --owner-tenant or both for all that nobody owns.", ExitCode.Usage);
            }

            await using var opened = place.Open(result);
            var found = id is null ? FindUnownedAsync(opened, fields.User, fields.Tenant, cancellationToken) : FindOneAsync(opened, OwnerOptions.ToKey(of, id), to!, cancellationToken);
            var question = id is null ? "Assign all sessions that nobody owns?" : $"Assign session {id} to {Format.Owner(to!)}?";
            var isAllowed = !result.GetValue(dryRun) && await terminal.AllowsAsync(question, result.GetValue(yes), cancellationToken);
            var shown = await AssignAsync(opened.Catalog, found, isAllowed, cancellationToken);
            if (id is not null && shown is { AssignedCount: 0, Refused: [] })
            {
                throw new ToolException($"There is no session {id}.", ExitCode.NotFound);
            }

            if (result.GetValue(place.Json))
            {
                terminal.WriteJson(shown);
            }
            else
            {
                foreach (var (sessionId, reason) in shown.Refused)
                {
                    terminal.WriteLine($"{sessionId}: {reason}");
                }

                terminal.WriteLine($"{(shown.IsDone ? "Assigned" : "Not assigned")}: {Format.Count(shown.AssignedCount, "session")}; refused: {shown.Refused.Count}.");
            }

            return shown.Refused.Count == 0 ? ExitCode.Success : ExitCode.Findings;
        });
        return command;
    }

    private static async Task<ShownAssignment> AssignAsync(
        SessionCatalog catalog, IAsyncEnumerable<FoundSession> found, bool isAllowed, CancellationToken cancellationToken)
    {
        var (count, refused) = (0L, new List<RefusedAssignment>());
        await foreach (var (session, owner, fault) in found.WithCancellation(cancellationToken))
        {
            if (fault is not null)
            {
                refused.Add(new RefusedAssignment(session.SessionId, fault));
                continue;
            }

            try
            {
                if (isAllowed)
                {
                    await catalog.AssignAsync(session, owner, cancellationToken);
                }

                count++;
            }
            catch (SessionNotFoundException)
            {
                // Deleted meanwhile, or assigned by another call.
            }
            catch (Exception exception) when (exception is SessionException or InvalidOperationException)
            {
                // All others are not to wait for it.
                refused.Add(new RefusedAssignment(session.SessionId, exception.Message));
            }
        }

        return new ShownAssignment(count, isAllowed, refused);
    }

    private static async IAsyncEnumerable<FoundSession> FindOneAsync(
        Place place, SessionKey key, SessionOwner to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // One that waits for its assignment, and what stays of one that was assigned, are found, too: whoever calls again goes on.
        if (!await place.Sessions.Find(new BsonDocument("_id", key.ToString())).Limit(1).AnyAsync(cancellationToken))
        {
            throw new ToolException($"There is no session {key.SessionId}.", ExitCode.NotFound);
        }

        yield return new FoundSession(key, to, Fault: null);
    }

    private static async IAsyncEnumerable<FoundSession> FindUnownedAsync(
        Place place, string? userField, string? tenantField, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var source = new SourceOwner(userField, tenantField);
        string?[] fields = ["_id", userField, tenantField];
        var projection = new BsonDocument(fields.OfType<string>().Distinct(StringComparer.Ordinal).Select(static field => new BsonElement(field, 1)));
        BsonValue last = BsonMinKey.Value;
        while (true)
        {
            var page = await place.Sessions
                .Find(StoredLayout.ToUnowned(last))
                .Sort(new BsonDocument("_id", 1))
                .Limit(PageSize)
                .Project<RawBsonDocument>(projection)
                .ToListAsync(cancellationToken);
            foreach (var session in page)
            {
                var (key, fault) = source.FindKey(session);
                yield return fault is null
                    ? new FoundSession(new SessionKey(SessionOwner.None, key.SessionId), key.Owner, fault)
                    : new FoundSession(SessionKey.Parse(session["_id"].AsString), SessionOwner.None, fault);
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            last = page[^1]["_id"];
        }
    }

    private sealed record FoundSession(SessionKey Session, SessionOwner Owner, string? Fault);
}
