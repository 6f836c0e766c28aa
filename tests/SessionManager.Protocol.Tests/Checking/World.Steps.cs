using System.Text;

namespace SessionManager.Protocol.Checking;

/// <content>What can happen next.</content>
internal sealed partial class World
{
    /// <summary>
    /// Gets what stands for the state: what is stored, what is on its way, what each writer has observed, and what the invariants need to know.
    /// </summary>
    public Digest GetState()
    {
        var stored = Look();
        var text = new StringBuilder();
        text.Append(_isEnded).Append(Ticks).Append(' ').Append(_faults).Append(_kills).Append(_renewals).Append('\n');
        text.Append(stored.DescribeSession()).Append('\n').Append(stored.DescribeMessages()).Append('\n');
        foreach (var writer in _writers)
        {
            text.Append(writer.Name).Append(writer.IsDone ? "-" : $"{writer.Log.High:x}{writer.Log.Low:x}");
            text.Append(writer.Polls.Count(static timer => !timer.IsDisposed)).Append(writer.Renewals.Count(static timer => !timer.IsDisposed)).Append('\n');
        }

        var commands = _commands.Select(static command => $"{command.Writer.Name} {command.Name} {command.SentAt} {command.IsResent} {command.Writer.Log.High:x}{command.Writer.Log.Low:x}");
        text.AppendJoin('\n', commands.Order(StringComparer.Ordinal)).Append("\n\n");
        text.AppendJoin('\n', _late.Select(static command => command.Name).Order(StringComparer.Ordinal)).Append("\n\n");
        text.Append(Ledger);
        return Digest.Of(text.ToString());
    }

    /// <summary>
    /// Gets all that can happen next.
    /// </summary>
    public List<Step> GetSteps()
    {
        List<Step> steps = [];
        if (_isEnded)
        {
            return steps;
        }

        steps.AddRange(Enumerable.Range(0, _commands.Count).Select(static index => new Step(StepKind.CarryOut, index)));
        for (var i = 0; i < _writers.Count; i++)
        {
            if (FindPoll(_writers[i]) is { } poll && poll.Version != CreateVersion())
            {
                steps.Add(new Step(StepKind.Poll, i));
            }
        }

        var isQuiet = _writers.TrueForAll(static writer => writer.IsDone);
        if (steps.Count == 0 && !isQuiet)
        {
            if (!_writers.Exists(static writer => FindPoll(writer) is not null))
            {
                Report("9: nothing can happen any more.");
            }

            steps.Add(new Step(StepKind.PassTime));
        }
        else if (Ticks < Scenario.Ticks)
        {
            steps.Add(new Step(StepKind.PassTime));
        }

        steps.AddRange(Enumerable.Range(0, _late.Count).Select(static index => new Step(StepKind.CarryOutLate, index)));
        AddFaults(steps);
        if (isQuiet)
        {
            steps.Add(new Step(StepKind.End));
        }

        return steps;
    }

    public void Take(Step step)
    {
        // Nothing else changes what is followed.
        var mayChange = step.Kind switch
        {
            StepKind.CarryOut or StepKind.LoseAnswer => _commands[step.Index].Kind == CommandKind.Update,
            StepKind.CarryOutLate => _late[step.Index].Kind == CommandKind.Update,
            _ => step.Kind == StepKind.End,
        };
        switch (step.Kind)
        {
            case StepKind.CarryOut:
                Note(step, _commands[step.Index]);
                Remove(_commands, step.Index).CarryOut()();
                break;
            case StepKind.CarryOutLate:
                Note(step, _late[step.Index]);
                Remove(_late, step.Index).CarryOutLate();
                break;
            case StepKind.LoseAnswer:
                LoseAnswer(step);
                break;
            case StepKind.Cancel:
                Cancel(step);
                break;
            case StepKind.Resend:
                Note(step, _commands[step.Index]);
                Resend(_commands[step.Index]);
                break;
            case StepKind.Kill:
                Note(step, _writers[step.Index].Name);
                Kill(_writers[step.Index]);
                break;
            case StepKind.Poll:
                Note(step, _writers[step.Index].Name);
                var poll = FindPoll(_writers[step.Index])!;
                _writers[step.Index].Polls.Remove(poll);
                poll.Ring();
                break;
            case StepKind.Renew:
                Note(step, _writers[step.Index].Name);
                _renewals--;
                FindRenewal(_writers[step.Index])!.Ring();
                break;
            case StepKind.PassTime:
                Note(step, "");
                PassTime(Scenario.Tick);
                break;
            case StepKind.End:
                Note(step, "");
                End();
                break;
            default:
                throw new InvalidOperationException($"{step}");
        }

        if (mayChange)
        {
            Ledger.Follow(Look());
        }
    }

    private void AddFaults(List<Step> steps)
    {
        for (var i = 0; i < _commands.Count && _faults > 0; i++)
        {
            var command = _commands[i];
            if (!Scenario.FaultyWriters.Contains(command.Writer.Name, StringComparison.Ordinal))
            {
                continue;
            }

            if (command.Kind == CommandKind.Read)
            {
                if (Scenario.ReadsFail && command.Group is null)
                {
                    steps.Add(new Step(StepKind.Cancel, i));
                }

                continue;
            }

            steps.Add(new Step(StepKind.LoseAnswer, i));
            steps.Add(new Step(StepKind.Cancel, i));
            if (!command.IsResent && command.CarryOutCopy is not null)
            {
                steps.Add(new Step(StepKind.Resend, i));
            }
        }

        for (var i = 0; i < _writers.Count; i++)
        {
            var writer = _writers[i];
            if (_renewals > 0 && !writer.IsDone && FindRenewal(writer) is not null)
            {
                steps.Add(new Step(StepKind.Renew, i));
            }

            if (_kills > 0 && !writer.IsDone && Scenario.FaultyWriters.Contains(writer.Name, StringComparison.Ordinal))
            {
                steps.Add(new Step(StepKind.Kill, i));
            }
        }
    }

    private void LoseAnswer(Step step)
    {
        var command = Remove(_commands, step.Index);
        Note(step, command);
        _faults--;
        command.Group?.IsCut = true;
        command.CarryOut();
        command.Fail(new IOException("The answer was lost."));
    }

    private void Cancel(Step step)
    {
        var command = Remove(_commands, step.Index);
        Note(step, command);
        _faults--;
        if (command.Kind != CommandKind.Read)
        {
            _late.Add(command);
        }

        command.Fail(new OperationCanceledException("The caller was cancelled."));
    }

    private void Resend(Command command)
    {
        _faults--;
        command.IsResent = true;
        _late.Add(new Command(command.Writer, $"{command.Name} (first copy)", command.Kind, command.SentAt)
        {
            CarryOut = command.CarryOut,
            Fail = command.Fail,
            CarryOutLate = command.CarryOutCopy!,
        });
    }

    private void Kill(Writer writer)
    {
        _kills--;
        writer.IsKilled = true;
        writer.Polls.Clear();
        writer.Renewals.Clear();
        foreach (var command in _commands.Where(command => command.Writer == writer))
        {
            command.Group?.IsCut = true;
            if (command.Kind != CommandKind.Read)
            {
                _late.Add(command);
            }
        }

        _commands.RemoveAll(command => command.Writer == writer);
    }

    private void PassTime(TimeSpan time)
    {
        Ticks++;
        Now += time;
    }

    /// <summary>
    /// One more turn goes on at once, with all that is there; then what is left of deleted sessions goes.
    /// </summary>
    private void End()
    {
        _isEnded = true;
        PassTime(Term + TimeSpan.FromSeconds(1));
        RunDirectly("Z", Ledger.ProbeAsync);
        PassTime(TimeSpan.FromDays(8));
        RunDirectly("Y", static writer => writer.World.Storage.SweepAsync());
        Ledger.CheckQuiet(Look());
    }

    private static Command Remove(List<Command> commands, int index)
    {
        var command = commands[index];
        commands.RemoveAt(index);
        return command;
    }

    private static WorldClock.WorldTimer? FindPoll(Writer writer) => writer.Polls.Find(static timer => !timer.IsDisposed);

    private static WorldClock.WorldTimer? FindRenewal(Writer writer) => writer.Renewals.Find(static timer => !timer.IsDisposed);

    private void Note(Step step, Command command) => _taken.Add((step.Kind, command));

    private void Note(Step step, string what) => _taken.Add((step.Kind, what));
}
