namespace SessionManager.NoReflection.Tests;

public sealed record Ticket(string Number, int Priority);
