using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;

namespace SessionManager.Internal.Hooks;

public sealed class ValidationTests
{
    private readonly FakeSessionStorage _storage = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, object?> ValidValues => new()
    {
        { "priority", 3 },
        { "Priority", 3L },
        { "priority", "4" },
        { "email", "a@b.example" },
        { "email", null },
        { "category", "billing" },
        { "customer", new Dictionary<string, object?> { ["tier"] = "gold" } },
        { "customer", new { Tier = "gold", Age = 30 } },
        { "customer", JsonDocument.Parse("""{"tier":"gold"}""").RootElement },
        { "customer.tier", "gold" },
        { "customer.other", new object() },
        { "notes.anything.else", 5 },
        { "unknown", "x" },
    };

    public static TheoryData<string, object?, string> InvalidValues => new()
    {
        { "priority", 9, "priority: The field priority must be between 1 and 5." },
        { "priority", "canary", "priority: The value cannot be read as Int32." },
        { "priority", null, "priority: The value cannot be read as Int32." },
        { "email", "canary", "email: The email field is not a valid e-mail address." },
        { "category", null, "category: The category field is required." },
        { "customer.tier", "canary-value-too-long", "customer.tier: The field customer.tier must be a string or array type with a maximum length of '10'." },
        { "customer", new Dictionary<string, object?> { ["age"] = 200 }, "customer.tier: The customer.tier field is required.; customer.age: The field customer.age must be between 0 and 150." },
        { "customer", "canary", "customer: The value cannot be read as Customer." },
    };

    [Theory]
    [MemberData(nameof(ValidValues))]
    public async Task UpdateMetadata_ValidByAnnotations_IsStored(string key, object? value)
    {
        await using var session = Create(builder => builder.AddMetadataValidation<Ticket>());

        await session.UpdateMetadataAsync(new Dictionary<string, object?> { [key] = value }, Token);

        Assert.Single(_storage.Operations);
    }

    [Theory]
    [MemberData(nameof(InvalidValues))]
    public async Task UpdateMetadata_InvalidByAnnotations_NamesFieldAndFaultAndStoresNothing(string key, object? value, string expected)
    {
        await using var session = Create(builder => builder.AddMetadataValidation<Ticket>());

        var exception = await Assert.ThrowsAsync<SessionValidationException>(() =>
            session.UpdateMetadataAsync(new Dictionary<string, object?> { ["unknown"] = 1, [key] = value }, Token));

        Assert.Equal($"What was to be stored in session s1 is not valid. {expected}", exception.Message);
        Assert.Equal("s1", exception.SessionId);
        Assert.DoesNotContain("canary", exception.ToString(), StringComparison.Ordinal);
        Assert.Empty(_storage.Operations);
    }

    [Theory]
    [MemberData(nameof(InvalidValues))]
    public async Task CreateSession_InvalidByAnnotations_NamesFieldAndFaultAndCreatesNothing(string key, object? value, string expected)
    {
        await using var session = Create(builder => builder.AddMetadataValidation<Ticket>());

        var exception = await Assert.ThrowsAsync<SessionValidationException>(() =>
            session.CreateSessionAsync(new Dictionary<string, object?> { ["unknown"] = 1, [key] = value }, Token));

        Assert.Equal($"What was to be stored in session s1 is not valid. {expected}", exception.Message);
        Assert.Empty(_storage.Operations);
    }

    [Fact]
    public async Task UpdateMetadata_SeveralFaults_TellsThemAll()
    {
        await using var session = Create(builder => builder.AddMetadataValidation<Ticket>(allowOtherFields: false));

        var exception = await Assert.ThrowsAsync<SessionValidationException>(() =>
            session.UpdateMetadataAsync(new Dictionary<string, object?> { ["priority"] = 0, ["email"] = "x", ["other"] = 1, ["customer.other"] = 1 }, Token));

        Assert.Equal(["customer.other", "email", "other", "priority"], exception.Errors.Keys.Order());
    }

    [Theory]
    [InlineData("category", false)]
    [InlineData("customer.tier", false)]
    [InlineData("priority", true)]
    [InlineData("customer", true)]
    [InlineData("unknown", true)]
    public async Task DeleteMetadata_ByAnnotations_RequiredFieldsStay(string key, bool allowed)
    {
        await using var session = Create(builder => builder.AddMetadataValidation<Ticket>());

        var exception = await Record.ExceptionAsync(() => session.DeleteMetadataAsync([key], Token));

        Assert.Equal(allowed, exception is null);
        Assert.Equal(allowed ? 1 : 0, _storage.Operations.Count);
        Assert.True(allowed || exception is SessionValidationException);
    }

    [Theory]
    [InlineData("visits", null)]
    [InlineData("count", null)]
    [InlineData("notes.visits", null)]
    [InlineData("priority", "priority: This field has rules about its value, which is not known before it is incremented.")]
    [InlineData("category", "category: The value cannot be read as String.")]
    [InlineData("customer", "customer: The value cannot be read as Customer.")]
    public async Task IncrementMetadata_ByAnnotations_IsAddedWhereNoRuleCanBeBroken(string key, string? expected)
    {
        await using var session = Create(builder => builder.AddMetadataValidation<Ticket>());

        var exception = await Record.ExceptionAsync(() => session.IncrementMetadataAsync(key, -3, Token));

        Assert.Equal(expected is null ? null : $"What was to be stored in session s1 is not valid. {expected}", exception?.Message);
        Assert.True(expected is null || exception is SessionValidationException);
        Assert.Equal(expected is null ? 1 : 0, _storage.Operations.Count);
    }

    [Fact]
    public async Task IncrementMetadata_FieldThatIsNotKnown_IsRefusedWhereOthersAreNotAllowed()
    {
        await using var session = Create(builder => builder.AddMetadataValidation<Ticket>(allowOtherFields: false));

        await Assert.ThrowsAsync<SessionValidationException>(() => session.IncrementMetadataAsync("visits", cancellationToken: Token));
        await session.IncrementMetadataAsync("count", cancellationToken: Token);

        Assert.Equal(["increment s1: count by 1"], _storage.Operations);
    }

    [Fact]
    public async Task Validation_EveryWrite_IsToldApart()
    {
        var seen = new List<(MetadataAction, string)>();
        await using var session = Create(builder => builder.AddMetadataValidation(
            validation => seen.Add((validation.Action, string.Join(',', validation.Metadata.Select(field => $"{field.Key}={field.Value}"))))));

        await session.CreateSessionAsync(new Dictionary<string, object?> { ["a"] = 1 }, Token);
        await session.UpdateMetadataAsync(new Dictionary<string, object?> { ["a"] = 2 }, Token);
        await session.IncrementMetadataAsync("a", 3, Token);
        await session.DeleteMetadataAsync(["a"], Token);
        await session.GetMetadataAsync(cancellationToken: Token);

        Assert.Equal(
            [(MetadataAction.Create, "a=1"), (MetadataAction.Update, "a=2"), (MetadataAction.Increment, "a=3"), (MetadataAction.Delete, "")], seen);
    }

    [Fact]
    public async Task UpdateMetadata_JsonNames_AreTheFields()
    {
        var options = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
        await using var session = Create(builder => builder.AddMetadataValidation<Named>(serializerOptions: options));

        var exception = await Assert.ThrowsAsync<SessionValidationException>(() =>
            session.UpdateMetadataAsync(new Dictionary<string, object?> { ["first_name"] = "too long", ["x-last"] = "too long", ["firstName"] = "too long" }, Token));

        Assert.Equal(["first_name", "x-last"], exception.Errors.Keys.Order());
    }

    [Fact]
    public async Task GetMetadata_AnyValidation_IsNotValidated()
    {
        await using var session = Create(builder => builder.AddMetadataValidation(validation => validation.AddError("x", "never")));

        Assert.NotNull(await session.GetMetadataAsync(["priority"], Token));
    }

    [Fact]
    public void AddMetadataValidation_TypeWithoutProperties_Throws()
    {
        var builder = new ServiceCollection().AddFakeSessionManager(_storage);

        Assert.Throws<ArgumentException>(() => builder.AddMetadataValidation<string>());
        Assert.Throws<ArgumentException>(() => builder.AddMetadataValidation<List<int>>());
        Assert.Throws<ArgumentNullException>(() => builder.AddMetadataValidation(null!));
        Assert.Throws<ArgumentNullException>(() => builder.AddFeedbackValidation(null!));
    }

    [Fact]
    public async Task AddFeedback_InvalidByDelegate_NamesTheFieldAndStoresNothing()
    {
        await using var session = Create(builder => builder.AddFeedbackValidation(Validate));

        var missing = await Assert.ThrowsAsync<SessionValidationException>(() => session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Down }, Token));
        var tooLong = await Assert.ThrowsAsync<SessionValidationException>(() => session.AddFeedbackAsync(new Feedback { Comment = new string('c', 1001) }, Token));
        await session.AddFeedbackAsync(new Feedback { Rating = FeedbackRating.Down, Comment = "slow" }, Token);

        Assert.Equal("What was to be stored in session s1 is not valid. comment: Say what was wrong.", missing.Message);
        Assert.Equal("At most 1000 characters.", Assert.Single(tooLong.Errors["comment"]));
        Assert.Equal(["add s1: Down slow"], _storage.Operations);

        static void Validate(FeedbackValidationContext validation)
        {
            if (validation.Feedback is { Rating: FeedbackRating.Down, Comment: null or "" })
            {
                validation.AddError("comment", "Say what was wrong.");
            }

            if (validation.Feedback.Comment is { Length: > 1000 })
            {
                validation.AddError("comment", "At most 1000 characters.");
            }
        }
    }

    private ISessionManager Create(Action<ISessionManagerBuilder> configure)
    {
        var services = new ServiceCollection();
        configure(services.AddFakeSessionManager(_storage));
        return services.BuildStrictly().CreateSession();
    }

    private sealed class Ticket
    {
        [Range(1, 5)]
        public int Priority { get; set; }

        [EmailAddress]
        public string? Email { get; set; }

        [Required]
        public string? Category { get; set; }

        public Customer? Customer { get; set; }

        public Dictionary<string, object?>? Notes { get; set; }

        [Required]
        public int Count { get; set; }
    }

    private sealed class Customer
    {
        [Required]
        [MaxLength(10)]
        public string? Tier { get; set; }

        [Range(0, 150)]
        public int Age { get; set; }
    }

    private sealed class Named
    {
        [MaxLength(3)]
        public string? FirstName { get; set; }

        [MaxLength(3)]
        [JsonPropertyName("x-last")]
        public string? LastName { get; set; }
    }
}
