using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace SessionManager.Internal.Hooks;

public sealed class AuditObserverTests
{
    private static readonly Dictionary<string, object?> Update = new() { ["priority"] = "canary-value", ["tier"] = "gold" };
    private static readonly Feedback Feedback = new() { Comment = "canary-comment", AgentId = "a", Position = 3 };

    private readonly FakeSessionStorage _storage = new();
    private readonly FakeTimeProvider _time = new();
    private readonly FakeLogCollector _logs = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IEnumerable<string> Messages => _logs.GetSnapshot().Select(log => $"{log.Id.Id} {log.Message}");

    [Fact]
    public async Task Operations_Done_AreLoggedWithNamesAndDurationAndNoValues()
    {
        await using var session = Create(builder => builder
            .AddAuditLogging()
            .AddMetadataHook((context, next) =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(5));
                return next(context);
            }));

        await session.UpdateMetadataAsync(Update, Token);
        await session.GetMetadataAsync(cancellationToken: Token);
        await session.DeleteMetadataAsync(["tier"], Token);
        await session.IncrementMetadataAsync("visits", 4711, Token);
        await session.AddFeedbackAsync(Feedback, Token);

        Assert.Equal(
            [
                "60 Metadata Update in session s1 done in 5 ms: 2 fields, priority, tier.",
                "60 Metadata Get in session s1 done in 5 ms: 0 fields, all.",
                "60 Metadata Delete in session s1 done in 5 ms: 1 fields, tier.",
                "60 Metadata Increment in session s1 done in 5 ms: 1 fields, visits.",
                "62 Feedback Add in session s1 done in 0 ms: agent a, message 3.",
            ],
            Messages);
        Assert.All(_logs.GetSnapshot(), log => Assert.DoesNotContain("canary", string.Concat(log.StructuredState!.Select(pair => pair.Value)), StringComparison.Ordinal));
        Assert.All(_logs.GetSnapshot(), log => Assert.Equal("SessionManager", log.Category));
    }

    [Fact]
    public async Task CreateSession_WithMetadata_IsLoggedAsWhatBecameOfIt()
    {
        var fails = false;
        await using var session = Create(builder => builder.AddAuditLogging().AddMetadataHook(async (context, next) =>
        {
            var result = await next(context);
            return fails ? throw new TimeoutException() : result;
        }));

        await session.CreateSessionAsync(Update, Token);
        _storage.HasSession = true;
        await session.CreateSessionAsync(Update, Token);
        fails = true;
        await Assert.ThrowsAsync<TimeoutException>(() => session.CreateSessionAsync(Update, Token));
        _storage.HasSession = false;
        await Assert.ThrowsAsync<TimeoutException>(() => session.CreateSessionAsync(Update, Token));

        Assert.Equal(
            [
                "60 Metadata Create in session s1 done in 0 ms: 2 fields, priority, tier.",
                "60 Metadata Create in session s1 skipped in 0 ms: 2 fields, priority, tier.",
                "61 Metadata Create in session s1 failed with TimeoutException in 0 ms, stored False: 2 fields, priority, tier.",
                "61 Metadata Create in session s1 failed with TimeoutException in 0 ms, stored True: 2 fields, priority, tier.",
            ],
            Messages);
    }

    [Fact]
    public async Task Operations_VetoedBehindIt_AreLoggedAsVetoed()
    {
        await using var session = Create(builder => builder.AddAuditLogging().AddMetadataHook((_, _) => default).AddFeedbackHook((_, _) => default));

        await session.UpdateMetadataAsync(Update, Token);
        await session.AddFeedbackAsync(Feedback, Token);

        Assert.Equal(
            [
                "60 Metadata Update in session s1 vetoed in 0 ms: 2 fields, priority, tier.",
                "62 Feedback Add in session s1 vetoed in 0 ms: agent a, message 3.",
            ],
            Messages);
    }

    [Fact]
    public async Task Operations_Failed_AreLoggedWithTheTypeOfTheException()
    {
        _storage.Failure = new TimeoutException("canary-text");
        await using var session = Create(builder => builder.AddAuditLogging());

        await Assert.ThrowsAsync<TimeoutException>(() => session.UpdateMetadataAsync(Update, Token));
        await Assert.ThrowsAsync<TimeoutException>(() => session.AddFeedbackAsync(Feedback, Token));

        Assert.Equal(
            [
                "61 Metadata Update in session s1 failed with TimeoutException in 0 ms, stored False: 2 fields, priority, tier.",
                "63 Feedback Add in session s1 failed with TimeoutException in 0 ms, stored False: agent a, message 3.",
            ],
            Messages);
    }

    [Fact]
    public async Task Operations_HookFailsAfterStoring_AreLoggedAsStored()
    {
        await using var session = Create(builder => builder.AddAuditLogging().AddMetadataHook(async (context, next) =>
        {
            await next(context);
            throw new TimeoutException();
        }));

        await Assert.ThrowsAsync<TimeoutException>(() => session.UpdateMetadataAsync(Update, Token));

        Assert.Contains("stored True", Assert.Single(Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operations_HookChangesThePayload_TheStoredFieldsAreLogged()
    {
        await using var session = Create(builder => builder
            .AddAuditLogging()
            .AddMetadataHook((context, next) => next(context with { Metadata = new Dictionary<string, object?> { ["tier"] = 1 } })));

        await session.UpdateMetadataAsync(Update, Token);

        Assert.EndsWith("1 fields, tier.", Assert.Single(Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operations_VetoedBeforeIt_AreLoggedAsVetoed()
    {
        await using var session = Create(builder => builder.AddMetadataHook((_, _) => default).AddAuditLogging());

        await session.UpdateMetadataAsync(Update, Token);

        Assert.Contains(" vetoed ", Assert.Single(Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operations_HooksInDecorators_AreLoggedAsTheyEnd()
    {
        await using var session = Create(builder =>
        {
            builder.AddAuditLogging().AddMetadataHook(async (context, next) =>
            {
                if (context.Action == MetadataAction.Delete)
                {
                    return default;
                }

                await next(context with { Metadata = new Dictionary<string, object?> { ["tier"] = 1 } });
                throw new TimeoutException();
            });
            builder.Services.DecorateMetadataHooks();
        });

        await Assert.ThrowsAsync<TimeoutException>(() => session.UpdateMetadataAsync(Update, Token));
        await session.DeleteMetadataAsync(["tier"], Token);

        Assert.Equal(
            [
                "61 Metadata Update in session s1 failed with TimeoutException in 0 ms, stored True: 1 fields, tier.",
                "60 Metadata Delete in session s1 vetoed in 0 ms: 1 fields, tier.",
            ],
            Messages);
    }

    [Fact]
    public async Task Operations_HookGoesOnInAnotherOperation_EachIsLoggedForItself()
    {
        await using var session = Create(builder => builder.AddAuditLogging().AddMetadataHook(async (context, next) =>
        {
            if (context.Action == MetadataAction.Update)
            {
                await context.Session.DeleteMetadataAsync(["tier"], Token);
                return default;
            }

            return await next(context);
        }));

        await session.UpdateMetadataAsync(Update, Token);

        Assert.Equal(
            ["60 Metadata Delete in session s1 done in 0 ms: 1 fields, tier.", "60 Metadata Update in session s1 vetoed in 0 ms: 2 fields, priority, tier."],
            Messages);
    }

    [Fact]
    public async Task AddAuditLogging_Twice_LogsOnce()
    {
        await using var session = Create(builder => builder.AddAuditLogging().AddAuditLogging());

        await session.UpdateMetadataAsync(Update, Token);

        Assert.Single(Messages);
    }

    [Fact]
    public async Task Operations_ValidationAndAudit_BothRunForUpdateAndDelete()
    {
        await using var session = Create(builder => builder
            .AddAuditLogging()
            .AddMetadataValidation(validation =>
            {
                foreach (var key in validation.Metadata.Keys.Concat(validation.DeletedKeys).Where(key => key == "tenant"))
                {
                    validation.AddError(key, "This field is protected.");
                }
            }));

        await session.UpdateMetadataAsync(Update, Token);
        await session.DeleteMetadataAsync(["tier"], Token);
        await Assert.ThrowsAsync<SessionValidationException>(() => session.UpdateMetadataAsync(new Dictionary<string, object?> { ["tenant"] = 1 }, Token));
        await Assert.ThrowsAsync<SessionValidationException>(() => session.DeleteMetadataAsync(["tenant"], Token));

        Assert.Equal(["update s1: priority=canary-value, tier=gold", "delete s1: tier"], _storage.Operations);
        Assert.Equal([60, 60, 61, 61], _logs.GetSnapshot().Select(log => log.Id.Id));
    }

    private ISessionManager Create(Action<ISessionManagerBuilder> configure)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_time);
        services.AddLogging(logging => logging.AddProvider(new FakeLoggerProvider(_logs)));
        configure(services.AddFakeSessionManager(_storage));
        return services.BuildStrictly().CreateSession();
    }
}
