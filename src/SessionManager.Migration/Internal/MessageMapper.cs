using MongoDB.Bson;

namespace SessionManager.Internal;

/// <summary>
/// Makes of an agent's messages those of the target, one at a time: a session may take 16 MB.
/// </summary>
internal sealed class MessageMapper(string sessionId, PythonAgent agent, PythonMessage[] messages, Findings findings)
{
    private readonly MessageMetrics _metrics = MessageMetrics.Create(messages);

    // What Python never has beside a message, and would say something else here.
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        Names.Id, Names.SessionId, Names.AgentId, Names.AppendId, Names.PythonMessageId, "expires_at", "claimed_requests", "replaced_messages", "branch", "base",
    };

    public int Count => messages.Length;

    public PythonAgent Agent => agent;

    public MappedMessage Map(int position)
    {
        var mapped = Create(position);
        if (!TargetLayout.CanRead(mapped.Document))
        {
            var path = $"{agent.Path}.{Names.Messages}.{messages[position].Index}";
            findings.Add(PythonMigrationFindingKind.DamagedMessage, path, $"It cannot be read here. It is carried over as position {position}.", agent.Id);
        }

        return mapped;
    }

    /// <summary>
    /// Gets the fields of the agent that say what lists show of its messages.
    /// </summary>
    /// <remarks>None of an agent without messages, as where the library has added it.</remarks>
    public IEnumerable<BsonElement> GetShown() => Count == 0
        ? []
        : TargetLayout.ToShown(Count, messages[^1].CreatedAt, Enumerable.Range(0, Count).Reverse().Select(position => Create(position).Document));

    /// <summary>
    /// Gets the position of the one message that Python gave a number, or null where none or several have it.
    /// </summary>
    public int? FindPosition(BsonValue pythonId)
    {
        int? found = null;
        for (var position = 0; position < messages.Length; position++)
        {
            // By value: 2, 2.0 and 2L are one number.
            if (messages[position].PythonId is { IsNumeric: true } id && id.CompareTo(pythonId) == 0)
            {
                if (found is not null)
                {
                    return null;
                }

                found = position;
            }
        }

        return found;
    }

    private MappedMessage Create(int position)
    {
        var source = messages[position];
        var id = TargetLayout.ToKey(sessionId, agent.Id, position);
        var document = new BsonDocument
        {
            { Names.Id, id },
            { Names.SessionId, sessionId },
            { Names.AgentId, agent.Id },
            { Names.MessageId, position },
            { Names.AppendId, ObjectId.Empty },
        };
        AddMessage(document, source.Stored, Names.Message);
        AddMessage(document, source.Stored, Names.RedactMessage);
        document.Add(Names.CreatedAt, source.CreatedAt);
        document.Add(Names.UpdatedAt, PythonDates.Read(RawBson.Find(source.Stored, Names.UpdatedAt)) ?? source.CreatedAt);
        if (_metrics.Get(position) is { } metrics)
        {
            document.Add(Names.EventLoopMetrics, metrics);
        }

        AddOthers(document, source.Stored);
        return MappedMessage.Create(id, document);
    }

    private static void AddMessage(BsonDocument document, RawBsonDocument stored, string name)
    {
        switch (RawBson.Find(stored, name))
        {
            case RawBsonDocument message:
                document.Add(name, EncodedBytes.Decode(message));
                break;
            case null when name == Names.Message:
                break;
            case { } other:
                document.Add(name, other);
                break;
            default:
                document.Add(name, BsonNull.Value);
                break;
        }
    }

    private static void AddOthers(BsonDocument document, RawBsonDocument stored)
    {
        foreach (var element in stored.Elements)
        {
            switch (element.Name)
            {
                case Names.MessageId:
                    document.Add(Names.PythonMessageId, element.Value);
                    break;
                case Names.GuardrailEvent when element.Value is RawBsonDocument guardrailEvent:
                    document.Add(element.Name, SessionMapper.WithDate(guardrailEvent, Names.Timestamp));
                    break;
                case Names.Message or Names.RedactMessage or Names.CreatedAt or Names.UpdatedAt or Names.EventLoopMetrics:
                    break;
                default:
                    CarriedFields.Add(document, Reserved, element.Name, element.Value);
                    break;
            }
        }
    }
}
