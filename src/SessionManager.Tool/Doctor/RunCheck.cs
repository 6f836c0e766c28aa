using System.Globalization;
using System.Runtime.CompilerServices;
using MongoDB.Bson;
using MongoDB.Driver;
using SessionManager.Tool.Output;

namespace SessionManager.Tool.Doctor;

/// <summary>
/// Looks for runs whose time is over, and that nobody has ended or taken over.
/// </summary>
internal sealed class RunCheck(Place place) : IDoctorCheck
{
    // Who waits for an agent takes it over as soon as it may.
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private static readonly BsonDocument Running = BsonDocument.Parse(
        """
        {
          agents: {
            $cond: [
              { $eq: [{ $type: '$agents' }, 'object'] },
              { $filter: {
                  input: { $map: { input: { $objectToArray: '$agents' }, as: 'a', in: { k: '$$a.k', run: '$$a.v.run' } } },
                  as: 'a',
                  cond: { $eq: ['$$a.run.released', false] }
              } },
              []
            ]
          }
        }
        """);

    /// <inheritdoc/>
    public string Name => "runs";

    /// <inheritdoc/>
    public async IAsyncEnumerable<DoctorFinding> RunAsync(Action<long> progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Before the sessions are read, so that what has given a sign of life since is none.
        var now = await place.GetServerTimeAsync(cancellationToken);
        PipelineDefinition<RawBsonDocument, BsonDocument> pipeline = new[] { new BsonDocument("$project", Running) };
        using var cursor = await place.Sessions.AggregateAsync(pipeline, cancellationToken: cancellationToken);
        while (await cursor.MoveNextAsync(cancellationToken))
        {
            foreach (var session in cursor.Current)
            {
                progress(1);
                foreach (var agent in session["agents"].AsBsonArray.OfType<BsonDocument>())
                {
                    if (StoredLayout.FindRun(agent) is { IsReleased: false } run && run.Until < now - Grace)
                    {
                        yield return ToFinding(session["_id"].ToString()!, StoredLayout.ToAgentId(agent["k"].AsString), run);
                    }
                }
            }
        }
    }

    private static DoctorFinding ToFinding(string sessionId, string agentId, StoredRun run)
    {
        var owner = run.Owner.Length == 0 ? "an owner without a name" : run.Owner;
        var end = run.Term > TimeSpan.Zero
            ? string.Create(CultureInfo.InvariantCulture, $"gave its last sign of life at {Format.Time(run.RenewedAt)}, which was good for {run.Term.TotalSeconds:0.###} s")
            : $"ended without knowing what it has stored, after a sign of life at {Format.Time(run.RenewedAt)}";
        return new DoctorFinding
        {
            Kind = DoctorFindingKind.StuckRun,
            SessionId = sessionId,
            AgentId = agentId,
            Detail = $"A run of {owner}, since {Format.Time(run.Since)}, {end}.",
            Remedy = "Nothing needs to be done: the next request of the agent takes over, and what the run has stored stays.",
        };
    }
}
