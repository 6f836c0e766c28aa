using System.Globalization;
using Microsoft.Extensions.AI;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SessionManager.Tool.Output;

/// <summary>
/// Draws a session: who said what, tool calls and their results in a line each, media by kind and size.
/// </summary>
internal static class Conversation
{
    private static readonly Style Dim = new(Color.Grey);
    private static readonly Style User = new(Color.Aqua, decoration: Decoration.Bold);
    private static readonly Style Assistant = new(Color.Green, decoration: Decoration.Bold);
    private static readonly Style Warning = new(Color.Yellow);

    public static IRenderable Draw(ShownSession session)
    {
        var rows = new List<IRenderable> { DrawHeader(session) };
        foreach (var agent in session.Agents)
        {
            rows.Add(DrawAgent(agent));
            rows.AddRange(agent.Branches.Select(DrawBranch));
            rows.AddRange(agent.Messages.Select(DrawMessage));
        }

        rows.AddRange(session.Feedbacks.Select(DrawFeedback));
        rows.AddRange(session.Notes.Select(static note => new Text(SafeText.Clean(note), Warning)));
        return new Rows(rows);
    }

    private static Panel DrawHeader(ShownSession session)
    {
        var grid = new Grid().AddColumns(2);
        if (!session.Owner.IsNone)
        {
            Add("owner", Format.Owner(session.Owner));
        }

        Add("application", session.ApplicationName ?? "–");
        Add("created", Format.Time(session.CreatedAt));
        Add("updated", Format.Time(session.UpdatedAt));
        Add("metadata", session.Metadata.Count == 0 ? "–" : Format.Json(session.Metadata));
        if (session.Layout == "python")
        {
            Add("layout", "Python library; this library reads it here only, see: session-manager migrate");
        }

        return new Panel(grid)
        {
            Header = new PanelHeader($" {Markup.Escape(SafeText.Clean(session.SessionId))} "),
            Border = BoxBorder.Rounded,
        };

        void Add(string name, string value) => grid.AddRow(new Text(name, Dim), new Text(SafeText.Clean(value)));
    }

    private static Rule DrawAgent(ShownAgent agent)
    {
        var model = agent.Model is null ? "" : $" · {agent.Model}";
        var branch = agent.Branches.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" · branch {agent.Branch}");
        var title = SafeText.ToLine($"{agent.AgentId}{model}{branch} · {Format.Count(agent.Messages.Count, "message")}");
        return new Rule(Markup.Escape(title)) { Justification = Justify.Left };
    }

    private static Text DrawBranch(ShownBranch branch)
    {
        var time = branch.LastMessageAt is { } at ? $" · {Format.Time(at)}" : "";
        var mark = branch.IsCurrent ? " · current" : "";
        return new Text(string.Create(CultureInfo.InvariantCulture, $"branch {branch.Number} · {Format.Count(branch.MessageCount, "message")}{time}{mark}"), Dim);
    }

    private static Rows DrawMessage(ShownMessage message)
    {
        var marks = new List<string> { Format.Time(message.CreatedAt) };
        marks.AddRange(message.TotalTokens > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{message.TotalTokens:N0} tokens")] : (string[])[]);
        marks.AddRange(message.IsRedacted ? [$"redacted{(message.Guardrail is null ? "" : $" ({message.Guardrail})")}"] : (string[])[]);
        var header = new Paragraph()
            .Append(string.Create(CultureInfo.InvariantCulture, $"#{message.Position} "), Dim)
            .Append(SafeText.ToLine(message.Role, 20), message.Role == ChatRole.User.Value ? User : Assistant)
            .Append(SafeText.ToLine($"  {string.Join(" · ", marks)}"), Dim);
        return new Rows([header, .. message.Message.Contents.Select(static content => (IRenderable)new Padder(DrawContent(content), new Padding(3, 0, 0, 0)))]);
    }

    private static Text DrawFeedback(Feedback feedback)
    {
        var rating = feedback.Rating?.ToString().ToLowerInvariant() ?? "–";
        var about = feedback.Position is { } position ? $" on {feedback.AgentId} #{position}" : "";
        var others = feedback.AdditionalProperties.Count == 0 ? "" : $" {Format.Json(feedback.AdditionalProperties)}";
        return new Text(SafeText.ToLine($"feedback {rating}{about}: {feedback.Comment}{others}"), Dim);
    }

    private static string ToText(object? result) => result switch
    {
        string text => text,
        IEnumerable<AIContent> contents => string.Join(' ', contents.Select(static content => content is TextContent text ? text.Text : $"[{content.GetType().Name}]")),
        _ => Format.Json(result),
    };

    private static Text DrawContent(AIContent content) => content switch
    {
        TextReasoningContent reasoning => new Text(SafeText.ToLine($"thinks: {reasoning.Text}"), Dim),
        TextContent text => new Text(SafeText.Clean(text.Text)),
        FunctionCallContent call => new Text(SafeText.ToLine($"→ {call.Name}({Format.Json(call.Arguments)})"), Dim),
        FunctionResultContent result => new Text(SafeText.ToLine($"← {ToText(result.Result)}"), Dim),
        DataContent data => new Text(SafeText.ToLine(string.Create(CultureInfo.InvariantCulture, $"[{data.MediaType}, {data.Data.Length:N0} bytes{(data.Name is null ? "" : $", {data.Name}")}]")), Dim),
        UriContent uri => new Text(SafeText.ToLine($"[{uri.MediaType} at {uri.Uri}]"), Dim),
        ErrorContent error => new Text(SafeText.ToLine($"error: {error.Message}"), Warning),
        _ when UnknownContent.Get(content) is { } unknown => new Text(SafeText.ToLine($"[{unknown.TypeName}]"), Dim),
        _ => new Text(SafeText.ToLine($"[{content.GetType().Name}]"), Dim),
    };
}
