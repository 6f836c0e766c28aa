namespace SessionManager.Conformance.Toy;

public sealed record ToyOptions(string? ApplicationName, TimeSpan? SessionTtl, bool EraseRedactedMessages);
