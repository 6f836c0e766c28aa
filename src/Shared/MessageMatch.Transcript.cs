using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Shared;

/// <content>Finds which messages of a request are which stored ones.</content>
internal sealed partial class MessageMatch
{
    /// <summary>
    /// Matches the part of the request that repeats what was said, and returns the index of its last message; -1 when there is none.
    /// </summary>
    private int MatchTranscript()
    {
        MatchIds();
        var end = -1;
        for (var i = 0; i < _incoming.Count; i++)
        {
            // A client that sends what is new has nothing of the model's.
            if (_matches[i] is not null || _incoming[i].Role == ChatRole.Assistant)
            {
                end = i;
            }
        }

        if (end < 0)
        {
            // A part of a transcript may begin with the result of a call, which tells as well where it stands.
            return MatchLastResult();
        }

        if (_stored.Count > 0 && IsMatch(0, 0))
        {
            MatchForwards(end);
        }
        else
        {
            MatchBackwards(end);
        }

        MayBeOlder = Enumerable.Range(0, end + 1).Any(i => _matches[i] is null && !MessageKey.Answers(_incoming[i]));

        // Whatever is out of order, but stored: nothing may pile up.
        for (var i = 0; i <= end; i++)
        {
            if (CanMatchByKey(i) && _matches[i] is null)
            {
                TakeLast(i, _stored.Count);
            }
        }

        while (end >= 0 && _matches[end] is null)
        {
            end--;
        }

        return end;
    }

    private int MatchLastResult()
    {
        for (var i = _incoming.Count - 1; i >= 0; i--)
        {
            if (FindResult(_incoming[i]) is { } j && _answers.GetNew(i, _isOfUserOnly, out _) is null)
            {
                _matches[i] = j;
                return i;
            }
        }

        return -1;
    }

    private void MatchIds()
    {
        if (!_incoming.Any(static message => message.MessageId is not null))
        {
            return;
        }

        Dictionary<string, List<int>> byId = new(StringComparer.Ordinal);
        for (var j = 0; j < _stored.Count; j++)
        {
            if (_stored[j].MessageId is { } id)
            {
                byId.TryAdd(id, []);
                byId[id].Add(j);
            }
        }

        for (var i = 0; i < _incoming.Count; i++)
        {
            if (_incoming[i].MessageId is { } id && byId.TryGetValue(id, out var stored))
            {
                // Some clients give several messages of a response one id, and an edited message keeps its own.
                var free = stored.Where(j => _stored[j].Role == _incoming[i].Role && !_isTaken[j]).ToList();
                if (free.Count > 0)
                {
                    var key = free.Count > 1 ? KeyOf(i) : null;
                    Take(i, key is null ? free[0] : free.Append(free[^1]).First(j => KeyAt(j) == key || j == free[^1]));
                }
            }
        }
    }

    // Messages of the user with an id of their own are others. Ids of the model's messages are often made by whoever shows them.
    private bool CanMatchByKey(int i) =>
        !MessageKey.Answers(_incoming[i]) && (_incoming[i].MessageId is null || _incoming[i].Role != ChatRole.User);

    private bool IsMatch(int i, int j) =>
        _matches[i] == j || (CanMatchByKey(i) && _matches[i] is null && !_isTaken[j] && KeyAt(j) == KeyOf(i));

    private void MatchForwards(int end)
    {
        var next = 0;
        for (var i = 0; i <= end; i++)
        {
            for (var j = next; j < _stored.Count && _matches[i] is null && CanMatchByKey(i); j++)
            {
                if (IsMatch(i, j))
                {
                    Take(i, j);
                }
            }

            next = Math.Max(next, _matches[i] + 1 ?? 0);
        }
    }

    private void MatchBackwards(int end)
    {
        var before = _stored.Count;
        for (var i = end; i >= 0; i--)
        {
            if (_matches[i] is null && CanMatchByKey(i))
            {
                TakeLast(i, before);
            }

            before = Math.Min(before, _matches[i] ?? before);
        }
    }

    private void TakeLast(int i, int before)
    {
        for (var j = before - 1; j >= 0 && _matches[i] is null; j--)
        {
            if (IsMatch(i, j))
            {
                Take(i, j);
            }
        }
    }

    private void Take(int i, int j)
    {
        _matches[i] = j;
        _isTaken[j] = true;
    }

    /// <summary>
    /// Matches the messages behind the transcript with those that are stored behind it: a request that is sent again has them.
    /// </summary>
    private void MatchRest(int transcriptEnd)
    {
        int[] rest = [.. Enumerable.Range(transcriptEnd + 1, _incoming.Count - transcriptEnd - 1).Where(i => MessageKey.BeginsTurn(_incoming[i]))];
        if (transcriptEnd < 0 && _incoming.Any(static message => message.Role == ChatRole.Assistant))
        {
            return;
        }

        if (transcriptEnd >= 0)
        {
            MatchAsked(rest, FindAsked(_matches[transcriptEnd]!.Value + 1));
            return;
        }

        // What was asked may have been more than is asked again now.
        var asked = FindAsked(FindUnanswered());
        for (var skipped = 0; skipped < asked.Count; skipped++)
        {
            var count = 0;
            while (count < rest.Length && skipped + count < asked.Count && IsMatch(rest[count], asked[skipped + count]))
            {
                count++;
            }

            if (skipped + count == asked.Count)
            {
                for (var i = 0; i < count; i++)
                {
                    Take(rest[i], asked[skipped + i]);
                }

                return;
            }
        }

        // All that was read is of one turn, or of several that have no answer.
        MayBeOlder |= rest.Length > 0 && !(_stored.Any(IsWholeAnswer) && _stored.Any(MessageKey.BeginsTurn));
    }

    // Some clients forget a message that failed. Behind the first that is not known all are new. Of equal ones it is the last.
    private void MatchAsked(int[] rest, List<int> asked)
    {
        var count = 0;
        var at = -1;
        while (count < rest.Length && (at = asked.FindIndex(at + 1, j => IsMatch(rest[count], j))) >= 0)
        {
            count++;
        }

        for (var end = asked.Count - 1; count > 0; end--)
        {
            if (IsMatch(rest[count - 1], asked[end]))
            {
                Take(rest[--count], asked[end]);
            }
        }
    }

    private List<int> FindAsked(int from) => [.. Enumerable.Range(from, _stored.Count - from).Where(j => MessageKey.BeginsTurn(_stored[j]))];

    /// <summary>
    /// Finds the first of the last messages of the user that have no whole answer; the end when they have.
    /// </summary>
    private int FindUnanswered()
    {
        var first = _stored.Count;
        for (var j = _stored.Count - 1; j >= 0 && !IsWholeAnswer(_stored[j]); j--)
        {
            if (MessageKey.BeginsTurn(_stored[j]))
            {
                first = j;
            }
        }

        return first;
    }
}
