using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Internal;

/// <content>Messages, and what lists show of them.</content>
internal sealed partial class SessionVerifier
{
    private static readonly BsonDocument ByKey = new(Names.Id, 1);

    private async Task<string?> FindInMessagesAsync(
        string targetId, Dictionary<string, BsonDocument> agents, BsonDocument target, CancellationToken cancellationToken)
    {
        // The keys put the agents in the order of their bytes; that of the source is Python's.
        var expected = new Dictionary<string, Queue<(BsonDateTime CreatedAt, BsonDocument Entry)>>(StringComparer.Ordinal);
        var shown = new Dictionary<string, ShownCheck>(StringComparer.Ordinal);
        foreach (var (id, agent) in agents)
        {
            expected[id] = new Queue<(BsonDateTime CreatedAt, BsonDocument Entry)>(Sort(agent.GetValue(Names.Messages, BsonNull.Value)));
            shown[id] = new ShownCheck(target[Names.Agents][TargetLayout.ToName(id)].AsBsonDocument);
            if (shown[id].FindDifference(expected[id]) is { } field)
            {
                return $"{Names.Agents}.{id}.{field}";
            }
        }

        var position = new Dictionary<string, int>(StringComparer.Ordinal);
        var options = new FindOptions<RawBsonDocument> { Sort = ByKey };
        using var cursor = await place.Messages.FindAsync(TargetLayout.ToMessages(targetId), options, cancellationToken).ConfigureAwait(false);
        while (await cursor.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var message in cursor.Current)
            {
                using (message)
                {
                    var agentId = message.GetValue(Names.AgentId, BsonNull.Value) is BsonString id ? id.Value : "";
                    var at = position.GetValueOrDefault(agentId);
                    position[agentId] = at + 1;
                    if (!expected.TryGetValue(agentId, out var rest)
                        || !rest.TryDequeue(out var source)
                        || !IsMessage(source.Entry, source.CreatedAt, message, at))
                    {
                        return $"{Names.Agents}.{agentId}.{Names.Messages}.{at}";
                    }

                    shown[agentId].Add(message, at);
                }
            }
        }

        if (expected.FirstOrDefault(static agent => agent.Value.Count > 0).Key is { } missing)
        {
            return $"{Names.Agents}.{missing}.{Names.Messages}";
        }

        return shown.FirstOrDefault(static agent => !agent.Value.IsPreview).Key is { } differing ? $"{Names.Agents}.{differing}.{Names.Preview}" : null;
    }

    private static bool IsMessage(BsonDocument source, BsonDateTime createdAt, BsonDocument message, int position)
    {
        if (message.GetValue(Names.MessageId, BsonNull.Value) != position
            || message.GetValue(Names.CreatedAt, BsonNull.Value) != createdAt
            || message.GetValue(Names.UpdatedAt, BsonNull.Value) != (PythonDates.Read(source.GetValue(Names.UpdatedAt, BsonNull.Value)) ?? createdAt))
        {
            return false;
        }

        foreach (var name in (ReadOnlySpan<string>)[Names.Message, Names.RedactMessage])
        {
            if (!AreEqual(source.GetValue(name, BsonNull.Value), message.GetValue(name, BsonNull.Value)))
            {
                return false;
            }
        }

        return source.All(element => element.Name switch
        {
            Names.Message or Names.RedactMessage or Names.CreatedAt or Names.UpdatedAt or Names.EventLoopMetrics => true,
            Names.MessageId => AreEqual(source[Names.MessageId], message.GetValue(Names.PythonMessageId, BsonNull.Value)),
            Names.GuardrailEvent => IsCarried(message, element.Name, element.Value, IsEvent),
            _ => IsCarried(message, element.Name, element.Value, AreEqual),
        });
    }
}
