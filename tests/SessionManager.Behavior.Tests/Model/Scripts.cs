namespace SessionManager.Behavior.Model;

/// <summary>
/// Makes scripts, and simpler ones of them.
/// </summary>
internal static class Scripts
{
    private static readonly int[] Windows = [0, 4, 6, 10];

    public static Script Generate(Random random, bool canApprove)
    {
        var hasWindows = random.Next(3) == 0;
        var hasTools = random.Next(4) > 0;
        var hasApproval = hasTools && canApprove && random.Next(3) == 0;
        return new Script
        {
            Ids = Pick<Ids>(random),
            DropsFailed = random.Next(2) == 0,
            KeepsHalf = random.Next(2) == 0,
            Steps = [.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => Step(random, hasWindows, hasTools, hasApproval))],
        };
    }

    /// <summary>
    /// Finds a script with as little as possible in it that still fails.
    /// </summary>
    public static async Task<(Script Script, Exception Error)> ShrinkAsync(Script script, Exception error, Func<Script, Task<Exception?>> runAsync)
    {
        var isSmaller = true;
        for (var budget = 600; isSmaller;)
        {
            isSmaller = false;
            foreach (var candidate in Simplify(script))
            {
                if (budget-- <= 0)
                {
                    return (script, error);
                }

                if (await runAsync(candidate) is { } failure)
                {
                    (script, error, isSmaller) = (candidate, failure, true);
                    break;
                }
            }
        }

        return (script, error);
    }

    private static Step Step(Random random, bool hasWindows, bool hasTools, bool hasApproval) => new()
    {
        Intent = Weighted(random, (4, Intent.Say), (2, Intent.Retry), (1, Intent.SayTheSameAgain), (1, Intent.Edit), (3, Intent.AnswerTool), (hasApproval ? 2 : 0, Intent.Reject)),
        Shape = Pick<Shape>(random),
        MessageCount = random.Next(2, 7),
        Turn = hasApproval && random.Next(2) == 0 ? Turn.Approval : hasTools ? (Turn)random.Next((int)Turn.Approval) : Turn.Text,
        Outcome = Weighted(random, (4, Outcome.Answered), (1, Outcome.Lost), (2, Outcome.Failed), (1, Outcome.Cut)),
        At = random.Next(6),
        PartCount = random.Next(3),
        IsStreamed = random.Next(2) == 0,
        Restarts = random.Next(3) == 0,
        MaxMessages = hasWindows ? Windows[random.Next(Windows.Length)] : 0,
    };

    private static IEnumerable<Script> Simplify(Script script)
    {
        for (var size = script.Steps.Count / 2; size > 0; size /= 2)
        {
            for (var i = 0; i + size <= script.Steps.Count; i += size)
            {
                yield return script with { Steps = [.. script.Steps.Take(i), .. script.Steps.Skip(i + size)] };
            }
        }

        Script[] simpler =
        [
            script with { DropsFailed = false }, script with { KeepsHalf = false }, script with { Ids = Ids.None }, script with { Ids = Ids.All },
        ];
        foreach (var other in simpler.Where(other => Size(other) < Size(script)))
        {
            yield return other;
        }

        for (var i = 0; i < script.Steps.Count; i++)
        {
            foreach (var step in Simplify(script.Steps[i]))
            {
                yield return script with { Steps = [.. script.Steps.Take(i), step, .. script.Steps.Skip(i + 1)] };
            }
        }
    }

    private static IEnumerable<Step> Simplify(Step step)
    {
        Step[] simpler =
        [
            step with { Restarts = false, MaxMessages = 0 },
            step with { MaxMessages = 0 },
            step with { Turn = Turn.Text },
            step with { Turn = Turn.Tool },
            step with { Outcome = Outcome.Answered },
            step with { Intent = Intent.Say },
            step with { Shape = Shape.NewOnly },
            step with { Shape = Shape.Transcript },
            step with { IsStreamed = false },
            step with { PartCount = 0 },
            step with { At = 0 },
            step with { At = step.At / 2 },
            step with { MessageCount = 2 },
        ];

        // Only what is simpler: nothing may go back and forth.
        return simpler.Where(other => Size(other) < Size(step));
    }

    private static int Size(Script script) =>
        (script.DropsFailed ? 1 : 0) + (script.KeepsHalf ? 1 : 0) + (script.Ids switch { Ids.None => 0, Ids.All => 1, _ => 2 });

    private static int Size(Step step) =>
        (step.Restarts ? 1 : 0) + (step.MaxMessages > 0 ? 1 : 0) + (step.Turn switch { Turn.Text => 0, Turn.Tool => 1, _ => 2 })
        + (step.Outcome == Outcome.Answered ? 0 : 1) + (step.Intent == Intent.Say ? 0 : 1) + (int)step.Shape + (step.IsStreamed ? 1 : 0)
        + step.PartCount + step.At + step.MessageCount;

    private static T Pick<T>(Random random)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>();
        return values[random.Next(values.Length)];
    }

    private static T Weighted<T>(Random random, params ReadOnlySpan<(int Weight, T Value)> choices)
    {
        var sum = 0;
        foreach (var (weight, _) in choices)
        {
            sum += weight;
        }

        var at = random.Next(sum);
        foreach (var (weight, value) in choices)
        {
            if ((at -= weight) < 0)
            {
                return value;
            }
        }

        return choices[0].Value;
    }
}
