using MongoDB.Bson;
using SessionManager.Testing.PythonSessions;

namespace SessionManager.Migration.Tests;

/// <summary>
/// Every kind of session that the Python library leaves: those that it has written, and those that the files lack, made as it would.
/// </summary>
internal static class Fixtures
{
    private static readonly Dictionary<string, Func<BsonDocument>> Made = new(StringComparer.Ordinal)
    {
        // update_message replaces the element, which loses its metrics, and keeps created_at.
        ["edited"] = () => Change("simple", "edited", session => Message(session, 1).Merge(
            BsonDocument.Parse("{ message: { role: 'assistant', content: [{ text: 'edited' }] }, updated_at: ISODate('2026-11-25T00:00:00Z') }"), overwriteExistingElements: true)
            .Remove("event_loop_metrics")),

        // Messages that were removed by hand, and numbers that other drivers wrote.
        ["gaps"] = () => Change("simple", "gaps", static session =>
        {
            BsonValue[] ids = [0, 3L, 4.0, 9, new BsonInt64(1099511627776), 11];
            for (var i = 0; i < ids.Length; i++)
            {
                Message(session, i)["message_id"] = ids[i];
            }

            session["feedbacks"] = BsonArray.Create(new[]
            {
                BsonDocument.Parse("{ rating: 'up', message_id: 3, created_at: ISODate('2026-11-25T00:00:00Z') }"),
                BsonDocument.Parse("{ rating: 'down', agent_id: 'support', message_id: 5, created_at: ISODate('2026-11-25T00:00:00Z') }"),
            });
        }),

        // Clocks of two hosts: the array is not in the order of its dates.
        ["disorder"] = () => Change("twoproc", "disorder", static session =>
        {
            var messages = session["agents"]["support"]["messages"].AsBsonArray;
            (messages[2]["created_at"], messages[5]["created_at"]) = (messages[5]["created_at"], messages[2]["created_at"]);
            messages[1]["created_at"] = messages[0]["created_at"];
        }),

        // Before Strands counted on each message, there were snapshots alone.
        ["snapshots"] = () => Change("full", "snapshots", static session => WithoutUsage(session)),
        ["snapshots-old"] = () => Change("old-v0.1.2", "snapshots-old", static session => WithoutUsage(session)),

        // A dotted id in another one's agent, prompts as blocks, an open interrupt, an empty place, more metadata than there is room for.
        ["odd"] = () => Change("simple", "odd", static session =>
        {
            var support = session["agents"]["support"].AsBsonDocument;
            support.Add("eu", BsonDocument.Parse("{ messages: [{ message: { role: 'user', content: [{ text: 'nested' }] }, message_id: 0, redact_message: null, created_at: 1750000000.5, updated_at: NumberLong('1750000000500') }] }"));
            support["agent_data"]["system_prompt"] = BsonDocument.Parse("{ a: [{ text: 'You are' }, { cachePoint: { type: 'default' } }, { text: 'support.' }] }")["a"];
            support["agent_data"]["_internal_state"]["interrupt_state"]["activated"] = true;
            support["created_at"] = 1_750_000_000;
            session["created_at"] = 1_750_000_000_123;
            session["updated_at"] = "2025-07-22 10:00:00.5";
            session["agents"]["v1"] = BsonDocument.Parse("{ '5': { $x: 1 } }");
            session["metadata"] = BsonDocument.Parse("{ 'a.b': 1, 'a.c': { d: 2 }, x: 'scalar', 'x.y': 3, '50%': 4, 'deep.er.still': [ { z: 5 } ], '': 6 }");
        }),

        // Everything that Converse has and this library has no content for.
        ["unknown"] = () => Change("simple", "unknown", static session => Message(session, 1)["message"]["content"] = BsonDocument.Parse(
            "{ a: [{ searchResult: { source: 's', title: 't', content: [{ text: 'x' }] } }, { audio: { format: 'mp3', source: { bytes: BinData(0, 'AAE=') } } }, { tomorrow: { n: 1.0, big: NumberLong('5') } }] }")["a"]),

        ["empty"] = () => BsonDocument.Parse(
            "{ _id: 'empty', session_id: 'empty', application_name: 'shop', session_type: 'AGENT', session_viewer_password: 'p', created_at: ISODate('2026-01-01T00:00:00Z'), updated_at: ISODate('2026-01-01T00:00:00Z'), agents: {}, metadata: { a: '' }, feedbacks: [], guardrail_events: [] }"),
    };

    public static IEnumerable<string> Names => [.. PythonSessionFiles.Names, .. Made.Keys];

    public static BsonDocument Read(string name) => Made.TryGetValue(name, out var make) ? make() : PythonSessionFiles.Read(name);

    public static BsonDocument Message(BsonDocument session, int index, string agentId = "support") =>
        session["agents"][agentId]["messages"][index].AsBsonDocument;

    private static BsonDocument Change(string name, string id, Action<BsonDocument> change)
    {
        var session = PythonSessionFiles.Read(name);
        session["_id"] = session["session_id"] = id;
        change(session);
        return session;
    }

    private static void WithoutUsage(BsonDocument session)
    {
        foreach (var agent in session["agents"].AsBsonDocument.Values)
        {
            foreach (var message in agent["messages"].AsBsonArray)
            {
                message["message"].AsBsonDocument.Remove("metadata");
            }
        }
    }
}
