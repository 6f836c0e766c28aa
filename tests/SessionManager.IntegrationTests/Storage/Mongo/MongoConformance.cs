using SessionManager.Conformance;

namespace SessionManager.IntegrationTests.Storage.Mongo;

/// <summary>
/// The conformance suite over MongoDB.
/// </summary>
public static class MongoConformance
{
    public sealed class Session(MongoConformanceFixture fixture) : SessionTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Agent(MongoConformanceFixture fixture) : AgentTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Message(MongoConformanceFixture fixture) : MessageTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class AppendMessages(MongoConformanceFixture fixture) : AppendMessagesTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Metrics(MongoConformanceFixture fixture) : MetricsTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Usage(MongoConformanceFixture fixture) : UsageTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Owner(MongoConformanceFixture fixture) : OwnerTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Redaction(MongoConformanceFixture fixture) : RedactionTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Conversation(MongoConformanceFixture fixture) : ConversationTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Repair(MongoConformanceFixture fixture) : RepairTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Window(MongoConformanceFixture fixture) : WindowTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Branch(MongoConformanceFixture fixture) : BranchTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Fork(MongoConformanceFixture fixture) : ForkTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Run(MongoConformanceFixture fixture) : RunTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Metadata(MongoConformanceFixture fixture) : MetadataTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class MetadataValue(MongoConformanceFixture fixture) : MetadataValueTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Counter(MongoConformanceFixture fixture) : CounterTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class MetadataTool(MongoConformanceFixture fixture) : MetadataToolTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Hook(MongoConformanceFixture fixture) : HookTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Feedback(MongoConformanceFixture fixture) : FeedbackTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Config(MongoConformanceFixture fixture) : ConfigTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Lifetime(MongoConformanceFixture fixture) : LifetimeTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Erasure(MongoConformanceFixture fixture) : ErasureTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Hold(MongoConformanceFixture fixture) : HoldTests(fixture), IClassFixture<MongoConformanceFixture>;
    public sealed class Shown(MongoConformanceFixture fixture) : ShownTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Listing(MongoConformanceFixture fixture) : ListingTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Transfer(MongoConformanceFixture fixture) : TransferTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class Assignment(MongoConformanceFixture fixture) : AssignmentTests(fixture), IClassFixture<MongoConformanceFixture>;

    public sealed class BadInput(MongoConformanceFixture fixture) : BadInputTests(fixture), IClassFixture<MongoConformanceFixture>;
}
