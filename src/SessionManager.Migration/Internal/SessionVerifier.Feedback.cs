using MongoDB.Bson;
using MongoDB.Driver;

namespace SessionManager.Internal;

/// <content>Feedback, of which Python has a list in the session, and the target documents beside it.</content>
internal sealed partial class SessionVerifier
{
    private static readonly BsonDocument InOrder = new() { { Names.CreatedAt, 1 }, { Names.Id, 1 } };

    private async Task<string?> FindInFeedbackAsync(string targetId, BsonDocument source, CancellationToken cancellationToken)
    {
        var expected = new Queue<(BsonDateTime CreatedAt, BsonDocument Entry)>(Sort(source.GetValue(Names.Feedbacks, BsonNull.Value)));
        var at = 0;
        var options = new FindOptions<RawBsonDocument> { Sort = InOrder };
        using var cursor = await place.Feedback.FindAsync(TargetLayout.ToFeedback(targetId), options, cancellationToken).ConfigureAwait(false);
        while (await cursor.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var stored in cursor.Current)
            {
                using (stored)
                {
                    if (!expected.TryDequeue(out var next) || !IsFeedback(next.Entry, next.CreatedAt, stored))
                    {
                        return $"{Names.Feedbacks}.{at}";
                    }

                    at++;
                }
            }
        }

        return expected.Count > 0 ? $"{Names.Feedbacks}.{at}" : null;
    }

    private static bool IsFeedback(BsonDocument source, BsonDateTime createdAt, BsonDocument stored) =>
        stored.GetValue(Names.CreatedAt, BsonNull.Value) == createdAt
        && stored.GetValue(Names.UpdatedAt, BsonNull.Value) == createdAt
        && stored.GetValue(Names.First, BsonNull.Value) == 0
        && stored.GetValue(Names.Feedback, BsonNull.Value) is BsonDocument entry
        && source.Names.All(name => name switch
        {
            // It has become that of the document.
            Names.CreatedAt when PythonDates.Read(source[name]) is not null => true,
            Names.MessageId when source[name].IsNumeric => AreEqual(source[name], entry.GetValue(Names.PythonMessageId, BsonNull.Value)),
            // What stands there becomes the agent of the message, or the number of Python's.
            Names.AgentId when source[name] is not BsonString => true,
            Names.PythonMessageId => true,
            _ => IsCarried(entry, name, source[name], AreEqual),
        });
}
