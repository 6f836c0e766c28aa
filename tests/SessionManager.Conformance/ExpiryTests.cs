namespace SessionManager.Conformance;

/// <summary>
/// For implementations whose sessions expire by the clock that they are given, without the help of a server.
/// </summary>
public abstract class ExpiryTests(ConformanceFixture fixture) : ConformanceTests(fixture), IAsyncLifetime
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly SessionAgent _agent = CreateAgent();
    private ConformanceHost _host = null!;
    private ISessionManager _session = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _host = await CreateHostAsync(options => options with { SessionTtl = Lifetime });
        _session = _host.Factory.Create(SessionId);
        _agent.Messages.Add(User("kept"));
        await _session.InitializeAsync(_agent, Cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task SessionTtl_NotYetOver_SessionIsThere()
    {
        Clock.Advance(Lifetime - TimeSpan.FromMilliseconds(1));

        Assert.True(await _session.SessionExistsAsync(Cancellation));
        Assert.Equal(1, await _session.GetMessageCountAsync("support", Cancellation));
    }

    [Fact]
    public async Task SessionTtl_Over_SessionIsGoneWhole()
    {
        Clock.Advance(Lifetime);

        Assert.False(await _session.SessionExistsAsync(Cancellation));
        Assert.Empty(await _session.ListMessagesAsync("support", cancellationToken: Cancellation));
        Assert.Empty((await _host.Storage.Catalog!.ListSessionsAsync(new(), Cancellation)).Sessions);
        Assert.False(await _session.DeleteSessionAsync(Cancellation));
    }

    [Fact]
    public async Task SessionTtl_Over_SessionIsNotInTheList()
    {
        Clock.Advance(Lifetime);

        Assert.Empty((await _host.Storage.Catalog!.ListSessionsAsync(new(), Cancellation)).Sessions);
    }

    [Fact]
    public async Task SessionTtl_Over_WritesFindNoSessionOrBeginANewOne()
    {
        Clock.Advance(Lifetime);

        await Assert.ThrowsAsync<SessionNotFoundException>(() => _session.DeleteMetadataAsync(["a"], Cancellation));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => _session.UpdateAgentConfigAsync("support", model: "m", cancellationToken: Cancellation));
        await _session.UpdateMetadataAsync(Map(("b", 1)), Cancellation);
        Assert.Equal(["b"], (await _session.GetMetadataAsync(cancellationToken: Cancellation))!.Keys);
        Assert.True((await _host.Factory.Create(SessionId).InitializeAsync(CreateAgent(), Cancellation)).IsNewAgent);
        Assert.Equal(0, await _session.GetMessageCountAsync("support", Cancellation));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("metadata")]
    [InlineData("load")]
    public async Task SessionTtl_Over_AppendOfAnAgentFromBeforeThrows(string since)
    {
        Clock.Advance(Lifetime);
        var next = CreateAgent();
        await (since switch
        {
            "metadata" => _session.UpdateMetadataAsync(Map(("a", 1)), Cancellation),
            "load" => _host.Factory.Create(SessionId).InitializeAsync(next, Cancellation),
            _ => Task.CompletedTask,
        });

        await Assert.ThrowsAsync<SessionNotFoundException>(() => _session.AppendMessageAsync(User("late"), _agent, Cancellation));
        await Assert.ThrowsAsync<SessionNotFoundException>(() => _session.AppendMessagesAsync([User("late"), User("later")], _agent, Cancellation));

        await _session.InitializeAsync(next, Cancellation);
        await _session.AppendMessageAsync(User("new"), next, Cancellation);
        Assert.Equal(["new"], (await _session.ListMessagesAsync("support", cancellationToken: Cancellation)).Select(message => message.Message.Text));
    }

    [Fact]
    public async Task SessionTtl_CreatedWithMetadata_EndsAndStartsAnewWithoutWhatWas()
    {
        var session = _host.Factory.Create(NewSessionId());
        await session.CreateSessionAsync(Map(("a", 1)), Cancellation);
        Clock.Advance(Lifetime - TimeSpan.FromMilliseconds(1));
        Assert.False(await session.CreateSessionAsync(Map(("b", 2)), Cancellation));
        Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(await session.CreateSessionAsync(Map(("b", 2)), Cancellation));

        Assert.Equal(Map(("b", 2)), await session.GetMetadataAsync(cancellationToken: Cancellation));
        Clock.Advance(Lifetime);
        Assert.False(await session.SessionExistsAsync(Cancellation));
    }

    [Theory]
    [InlineData("append")]
    [InlineData("metadata")]
    [InlineData("counter")]
    [InlineData("feedback")]
    [InlineData("config")]
    [InlineData("redact")]
    public async Task SessionTtl_EveryWrite_StartsItAnew(string write)
    {
        Clock.Advance(Lifetime / 2);

        await (write switch
        {
            "append" => _session.AppendMessageAsync(User(), _agent, Cancellation),
            "metadata" => _session.UpdateMetadataAsync(Map(("a", 1)), Cancellation),
            "counter" => _session.IncrementMetadataAsync("a", cancellationToken: Cancellation),
            "feedback" => _session.AddFeedbackAsync(new Feedback(), Cancellation),
            "config" => _session.UpdateAgentConfigAsync("support", model: "m", cancellationToken: Cancellation),
            _ => _session.RedactLatestMessageAsync(User("x"), _agent, cancellationToken: Cancellation),
        });

        Clock.Advance(Lifetime - TimeSpan.FromMilliseconds(1));
        Assert.True(await _session.SessionExistsAsync(Cancellation));
        Assert.NotEmpty(await _session.ListMessagesAsync("support", cancellationToken: Cancellation));
    }

    [Fact]
    public async Task SessionTtl_Reads_DoNotStartItAnew()
    {
        Clock.Advance(Lifetime / 2);
        await _session.GetMetadataAsync(cancellationToken: Cancellation);
        await _session.ListMessagesAsync("support", cancellationToken: Cancellation);

        Clock.Advance(Lifetime / 2);

        Assert.False(await _session.SessionExistsAsync(Cancellation));
    }

    [Fact]
    public async Task SessionTtl_Over_FeedbackIsGoneAndNotThatOfTheNextSession()
    {
        await _session.AddFeedbackAsync(new Feedback { UserId = "u" }, Cancellation);
        Clock.Advance(Lifetime);

        Assert.Empty(await _session.GetFeedbacksAsync(Cancellation));
        await _session.CreateSessionAsync(Cancellation);
        Assert.Empty((await _session.ListFeedbacksAsync(new FeedbackQuery(), Cancellation)).Feedbacks);
    }
}
