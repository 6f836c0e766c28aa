using Microsoft.Extensions.AI;

namespace SessionManager.NoReflection.Tests;

public sealed class TicketContent : AIContent
{
    public string? Number { get; set; }
}
