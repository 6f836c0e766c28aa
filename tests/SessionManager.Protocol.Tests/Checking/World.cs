using SessionManager.Internal.Storage.Documents;
using SessionManager.Internal.Storage.InMemory;

namespace SessionManager.Protocol.Checking;

/// <summary>
/// One execution of a scenario: the real code, of which nothing goes on but what the scheduler lets.
/// </summary>
/// <remarks>Used by one thread, on which what is completed goes on inline.</remarks>
internal sealed partial class World
{
    public static readonly TimeSpan Term = TimeSpan.FromSeconds(30);

    private static readonly ChatMessageCodec Codec = new();
    private static readonly AsyncLocal<CommandGroup?> CurrentGroup = new();

    private readonly List<Command> _commands = [];
    private readonly List<Command> _late = [];
    private readonly List<Writer> _writers = [];
    private readonly List<(StepKind Kind, object What)> _taken = [];
    private int _faults;
    private int _kills;
    private int _renewals;
    private bool _isDirect;
    private bool _isEnded;
    private string? _violation;

    public World(Scenario scenario)
    {
        Scenario = scenario;
        Now = scenario.Start;
        Storage = new InMemorySessionStorage(new InMemorySessionManagerOptions(), Codec, new WorldClock(this, writer: null)) { Entering = EnterAsync };
        Ledger = new Ledger(this);
        RunDirectly("0", scenario.Before);
        (_faults, _kills, _renewals) = (scenario.Faults, scenario.Kills, scenario.Renewals);
        Ledger.Follow(Look());
        FirstBranch = Look().First;
        foreach (var (name, writeAsync) in scenario.Writers)
        {
            var writer = new Writer(this, name);
            _writers.Add(writer);
            writer.Start(writeAsync);
        }
    }

    public Scenario Scenario { get; }

    public DateTimeOffset Now { get; private set; }

    public int Ticks { get; private set; }

    public InMemorySessionStorage Storage { get; }

    public Ledger Ledger { get; }

    /// <summary>
    /// Gets the first branch of the session that is there at the beginning.
    /// </summary>
    public int FirstBranch { get; }

    /// <summary>
    /// Gets or sets a value indicating whether somebody has begun to look for what is left of deleted sessions.
    /// </summary>
    public bool IsSweeping { get; set; }

    public InMemorySession? FindSession() => Storage.Sessions.TryGetValue(Writer.SessionId, out var session) ? session : null;

    public Stored Look() => new(FindSession());

    /// <summary>
    /// Gets what a writer that waits looks at.
    /// </summary>
    public string CreateVersion() => $"{Ticks} {Look().DescribeSession()}";

    /// <summary>
    /// Notes that an invariant does not hold. The first one counts.
    /// </summary>
    public void Report(string violation) => _violation ??= violation;

    /// <exception cref="ProtocolException">An invariant does not hold.</exception>
    public void Check()
    {
        Ledger.Look(Look());
        foreach (var writer in _writers.Where(static writer => writer.Task.IsFaulted))
        {
            Report($"{writer.Name} ended with {writer.Task.Exception!.InnerException}");
        }

        if (_violation is not null)
        {
            throw new ProtocolException(_violation, _taken.ConvertAll(static step => $"{step.Kind} {step.What}"));
        }
    }

    /// <summary>
    /// Sends a command, which waits for the scheduler.
    /// </summary>
    public Task<T> SendAsync<T>(Writer writer, string name, CommandKind kind, Func<Task<T>> command, Func<T, string> describe, Action? carryOutLate = null)
    {
        if (_isDirect)
        {
            return command();
        }

        var reply = new TaskCompletionSource<T>();
        carryOutLate ??= () => command();
        _commands.Add(new Command(writer, name, kind, Ticks)
        {
            CarryOut = () =>
            {
                var task = command();
                if (!task.IsCompleted)
                {
                    throw new InvalidOperationException($"{name} waits for something.");
                }

                return () => Reply(writer, name, task, describe, reply);
            },
            Fail = error =>
            {
                writer.Observe($"{name}@{Ticks}!{error.GetType().Name}");
                reply.SetException(error);
            },
            CarryOutLate = carryOutLate,
            CarryOutCopy = kind == CommandKind.Read ? null : carryOutLate,
        });
        return reply.Task;
    }

    /// <summary>
    /// Sends an operation of several commands, each of which waits at the storage's gate.
    /// </summary>
    public async Task<T> SendAllAsync<T>(CommandGroup group, Func<Task<T>> operation, Func<T, string> describe)
    {
        if (_isDirect)
        {
            return await operation();
        }

        var reply = new TaskCompletionSource<T>();
        group.Fail = error =>
        {
            group.IsCut = true;
            _commands.RemoveAll(command => command.Group == group);
            group.Writer.Observe($"{group.Name}@{Ticks}!{error.GetType().Name}");
            reply.SetException(error);
        };
        CurrentGroup.Value = group;
        var task = operation();
        CurrentGroup.Value = null;
        group.Answer = () =>
        {
            if (group.IsCut || !task.IsCompleted)
            {
                return;
            }

            if (group.Writer.Log == group.LogOfParts)
            {
                group.Writer.Log = group.LogBefore;
            }

            Reply(group.Writer, group.Name, task, describe, reply);
        };
        return await reply.Task;
    }

    private void Reply<T>(Writer writer, string name, Task<T> task, Func<T, string> describe, TaskCompletionSource<T> reply)
    {
        var error = task.Exception?.InnerException;
        writer.Observe($"{name}@{Ticks}:{(error is null ? describe(task.Result) : error.GetType().Name)}");
        if (error is null)
        {
            reply.SetResult(task.Result);
        }
        else
        {
            reply.SetException(error);
        }
    }

    private Task EnterAsync()
    {
        if (_isDirect || CurrentGroup.Value is not { } group)
        {
            return Task.CompletedTask;
        }

        var entry = new TaskCompletionSource();
        if (group.IsCut)
        {
            // Its caller was cancelled before it was sent.
            return entry.Task;
        }

        var (name, kind) = group.Next();
        _commands.Add(new Command(group.Writer, $"{group.Name}: {name}", kind, Ticks)
        {
            Group = group,
            CarryOut = () =>
            {
                var stored = Look();
                var seen = name == CommandGroup.List ? stored.DescribeMessages() : stored.DescribeSession() + stored.DescribeMessages();
                var isAlone = group.Writer.Log == group.LogOfParts;
                group.Writer.Observe($"{name}@{Ticks}:{seen}");
                group.LogOfParts = isAlone ? group.Writer.Log : default;
                entry.SetResult();
                return () => group.Answer();
            },
            Fail = error => group.Fail(error),
            CarryOutLate = entry.SetResult,
            CarryOutCopy = name == CommandGroup.Acquire ? group.Copy : null,
        });
        return entry.Task;
    }

    private void RunDirectly(string name, Func<Writer, Task> writeAsync)
    {
        var before = _isDirect;
        _isDirect = true;
        var writer = new Writer(this, name);
        writer.Start(writeAsync);
        if (!writer.Task.IsCompletedSuccessfully)
        {
            Report($"{name} did not end well: {writer.Task.Exception?.InnerException}");
        }

        _isDirect = before;
    }
}
