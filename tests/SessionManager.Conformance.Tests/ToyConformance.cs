namespace SessionManager.Conformance;

/// <summary>
/// The conformance suite over a storage that uses nothing but what is public. Without <see cref="TransferTests"/> and <see cref="AssignmentTests"/>: its catalog lists only.
/// </summary>
public static class ToyConformance
{
    public sealed class Session(ToyFixture fixture) : SessionTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Agent(ToyFixture fixture) : AgentTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Message(ToyFixture fixture) : MessageTests(fixture), IClassFixture<ToyFixture>;

    public sealed class AppendMessages(ToyFixture fixture) : AppendMessagesTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Metrics(ToyFixture fixture) : MetricsTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Usage(ToyFixture fixture) : UsageTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Owner(ToyFixture fixture) : OwnerTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Redaction(ToyFixture fixture) : RedactionTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Conversation(ToyFixture fixture) : ConversationTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Repair(ToyFixture fixture) : RepairTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Window(ToyFixture fixture) : WindowTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Branch(ToyFixture fixture) : BranchTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Fork(ToyFixture fixture) : ForkTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Run(ToyFixture fixture) : RunTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Metadata(ToyFixture fixture) : MetadataTests(fixture), IClassFixture<ToyFixture>;

    public sealed class MetadataValue(ToyFixture fixture) : MetadataValueTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Counter(ToyFixture fixture) : CounterTests(fixture), IClassFixture<ToyFixture>;

    public sealed class MetadataTool(ToyFixture fixture) : MetadataToolTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Hook(ToyFixture fixture) : HookTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Feedback(ToyFixture fixture) : FeedbackTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Config(ToyFixture fixture) : ConfigTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Lifetime(ToyFixture fixture) : LifetimeTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Shown(ToyFixture fixture) : ShownTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Listing(ToyFixture fixture) : ListingTests(fixture), IClassFixture<ToyFixture>;

    // Neither Erasure nor Hold: its catalog lists sessions, no more.
    public sealed class BadInput(ToyFixture fixture) : BadInputTests(fixture), IClassFixture<ToyFixture>;

    public sealed class Expiry(ToyFixture fixture) : ExpiryTests(fixture), IClassFixture<ToyFixture>;
}
