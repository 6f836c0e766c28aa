using System.Globalization;
using Microsoft.Extensions.AI;

namespace SessionManager.Behavior.Model;

/// <summary>
/// Names what is said in a script, each thing by a number of its own.
/// </summary>
internal sealed class Names
{
    /// <summary>
    /// The tool that the client runs.
    /// </summary>
    public const string ClientTool = "locate";

    /// <summary>
    /// The tool that needs approval.
    /// </summary>
    public const string ApprovedTool = "delete";

    private int _textCount;
    private int _callCount;

    public string NextUser() => Next("u");

    public TextContent Text(string prefix) => new(Next(prefix));

    public FunctionCallContent Call(string tool)
    {
        var number = ++_callCount;

        // A string of its own, as one that a provider has sent is.
        return new(string.Create(CultureInfo.InvariantCulture, $"c{number}"), tool, new Dictionary<string, object?> { ["number"] = number });
    }

    public static AIContent GetResult(FunctionCallContent call) => new FunctionResultContent(call.CallId, GetResult(call.CallId));

    public static string GetResult(string callId) => "r" + callId[1..];

    private string Next(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{++_textCount}");
}
