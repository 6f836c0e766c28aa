using System.Text.Json;
using Microsoft.Extensions.AI;

namespace SessionManager.Clients;

/// <summary>
/// A tool that takes anything and always has the same result.
/// </summary>
internal sealed class FixedTool(object? result) : AIFunction
{
    public const string ToolName = "look_up";

    private static readonly JsonElement Schema = JsonElement.Parse("""{"type":"object","properties":{}}""");

    public override string Name => ToolName;

    public override JsonElement JsonSchema => Schema;

    protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) => new(result);
}
