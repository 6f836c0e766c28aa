using SessionManager.Conformance;

namespace SessionManager.Internal.Storage.InMemory;

/// <summary>
/// The conformance suite over sessions in memory.
/// </summary>
public static class InMemoryConformance
{
    public sealed class Session(InMemoryConformanceFixture fixture) : SessionTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Agent(InMemoryConformanceFixture fixture) : AgentTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Message(InMemoryConformanceFixture fixture) : MessageTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class AppendMessages(InMemoryConformanceFixture fixture) : AppendMessagesTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Metrics(InMemoryConformanceFixture fixture) : MetricsTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Usage(InMemoryConformanceFixture fixture) : UsageTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Owner(InMemoryConformanceFixture fixture) : OwnerTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Redaction(InMemoryConformanceFixture fixture) : RedactionTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Conversation(InMemoryConformanceFixture fixture) : ConversationTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Repair(InMemoryConformanceFixture fixture) : RepairTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Window(InMemoryConformanceFixture fixture) : WindowTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Branch(InMemoryConformanceFixture fixture) : BranchTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Fork(InMemoryConformanceFixture fixture) : ForkTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Run(InMemoryConformanceFixture fixture) : RunTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Metadata(InMemoryConformanceFixture fixture) : MetadataTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class MetadataValue(InMemoryConformanceFixture fixture) : MetadataValueTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Counter(InMemoryConformanceFixture fixture) : CounterTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class MetadataTool(InMemoryConformanceFixture fixture) : MetadataToolTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Hook(InMemoryConformanceFixture fixture) : HookTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Feedback(InMemoryConformanceFixture fixture) : FeedbackTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Config(InMemoryConformanceFixture fixture) : ConfigTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Lifetime(InMemoryConformanceFixture fixture) : LifetimeTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Erasure(InMemoryConformanceFixture fixture) : ErasureTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Hold(InMemoryConformanceFixture fixture) : HoldTests(fixture), IClassFixture<InMemoryConformanceFixture>;
    public sealed class Shown(InMemoryConformanceFixture fixture) : ShownTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Listing(InMemoryConformanceFixture fixture) : ListingTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Transfer(InMemoryConformanceFixture fixture) : TransferTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Assignment(InMemoryConformanceFixture fixture) : AssignmentTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class BadInput(InMemoryConformanceFixture fixture) : BadInputTests(fixture), IClassFixture<InMemoryConformanceFixture>;

    public sealed class Expiry(InMemoryConformanceFixture fixture) : ExpiryTests(fixture), IClassFixture<InMemoryConformanceFixture>;
}
