using System.Text.Json;
using System.Text.Json.Serialization;

namespace SessionManager.NoReflection.Tests;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Ticket))]
[JsonSerializable(typeof(TicketContent))]
internal sealed partial class TicketContext : JsonSerializerContext;
