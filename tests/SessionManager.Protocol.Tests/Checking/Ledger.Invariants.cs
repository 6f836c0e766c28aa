namespace SessionManager.Protocol.Checking;

/// <content>What is checked after every step.</content>
internal sealed partial class Ledger
{
    /// <summary>
    /// Follows what becomes of sessions and branches, after every step.
    /// </summary>
    public void Follow(Stored stored)
    {
        _deletedBefore = Math.Max(_deletedBefore, stored.DeletedBefore);
        if (stored.IsThere)
        {
            if (_lives.Add(stored.First) && stored.First <= _highest)
            {
                world.Report($"4: a session begins at branch {stored.First}, and {_highest} was there.");
            }

            if (_lives.Max > stored.First)
            {
                world.Report($"4: a session begins at branch {stored.First}, and another one at {_lives.Max}.");
            }
        }

        LookAtCurrent(stored);
    }

    /// <summary>
    /// Looks at what is stored.
    /// </summary>
    public void Look(Stored stored)
    {
        LookAtAcknowledged(stored);
        if (stored.Messages.GroupBy(static message => message.Text, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } twice)
        {
            world.Report($"9: {twice.Key} is stored twice.");
        }

        if (stored.IsThere)
        {
            LookAtChains(stored);
        }
    }

    /// <summary>
    /// Looks at what is stored when all is done, and what was left of deleted sessions was looked for.
    /// </summary>
    public void CheckQuiet(Stored stored)
    {
        Look(stored);
        var left = stored.Messages.Where(message => message.Branch.Number < stored.First).ToList();
        if (left.Count > 0 && !_isSweptTooEarly)
        {
            world.Report($"8: {left[0].Text} is left of a session that was deleted.");
        }

        if (!stored.IsThere)
        {
            world.Report("8: what was there is gone.");
        }
    }

    private void LookAtCurrent(Stored stored)
    {
        foreach (var history in stored.Agents)
        {
            var number = history.Branch.Number;
            if (_current.TryGetValue(history.Branch.AgentId, out var before) && before == number)
            {
                continue;
            }

            if (number <= _highest)
            {
                world.Report($"4: branch {number} is current, and {_highest} was there.");
            }

            _current[history.Branch.AgentId] = number;
            _highest = number;
            if (number >= stored.Next)
            {
                world.Report($"4: branch {number} is current, and the next one is {stored.Next}.");
            }
        }

        foreach (var agentId in _current.Keys.Where(agentId => stored.FindAgent(agentId) is null).ToList())
        {
            _current.Remove(agentId);
        }
    }

    private void LookAtAcknowledged(Stored stored)
    {
        foreach (var text in _acknowledged)
        {
            var place = _inserted[text];
            if (place.Branch.Number >= _deletedBefore
                && !stored.Messages.Exists(message => message.Text == text && message.Branch.Number == place.Branch.Number && message.Position == place.Position))
            {
                world.Report($"2: {text} was acknowledged, and is not at {place.Branch.Number}/{place.Position}.");
            }
        }
    }

    private void LookAtChains(Stored stored)
    {
        foreach (var history in stored.Agents)
        {
            LookAtChain(stored, history.Branch, history.Branch.Start);
            if (stored.GetHistory(history.Branch.AgentId).Count < history.End)
            {
                world.Report($"3: branch {history.Branch.Number} has fewer messages than {history.End}.");
            }
        }

        foreach (var (branch, position, text) in stored.Messages.Where(message => message.Branch.Number >= stored.First))
        {
            var chain = LookAtChain(stored, branch, position);
            if (!_sent.TryGetValue(text, out var sent))
            {
                continue;
            }

            // A message of a writer without a run may have come in between.
            var known = PlainTexts.Count == 0 ? chain : [.. chain.Where(message => sent.Contains(message) || !IsForeign(text, message))];
            if (!known.SequenceEqual(sent))
            {
                world.Report($"1: before {text} stands {string.Join(',', chain)}, and its model was sent {string.Join(',', sent)}.");
            }
        }
    }

    // A writer without a run also meets what those with one have stored.
    private bool IsForeign(string answer, string? message) => message is not null && (PlainTexts.Contains(message) || PlainTexts.Contains(answer));

    private List<string> LookAtChain(Stored stored, AgentBranch branch, int before)
    {
        List<string> chain = [];
        foreach (var text in stored.GetChain(branch, before))
        {
            if (text is null)
            {
                world.Report($"3: branch {branch.Number} has no message {chain.Count}.");
                return chain;
            }

            chain.Add(text);
        }

        return chain;
    }
}
