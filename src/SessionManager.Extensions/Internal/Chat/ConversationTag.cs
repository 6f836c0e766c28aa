using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Chat;

/// <summary>
/// Gives the id of the session to the traces of an <see cref="OpenTelemetryChatClient"/> further inside, which sees no
/// <see cref="ChatOptions.ConversationId"/>: a model's client would take it for one of its service's.
/// </summary>
internal sealed class ConversationTag : IDisposable
{
    // https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
    private const string Name = "gen_ai.conversation.id";

    private static readonly AsyncLocal<string?> CurrentId = new();

    private readonly ActivityListener _listener;

    private ConversationTag(ActivitySource source)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = listened => ReferenceEquals(listened, source),
            // Whether there are traces is for others to say.
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.None,
            ActivityStarted = static activity =>
            {
                if (CurrentId.Value is { } id && activity.Kind == ActivityKind.Client)
                {
                    activity.SetTag(Name, id);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>
    /// Begins for the traces of a client; null where it makes none.
    /// </summary>
    public static ConversationTag? Create(IChatClient client) =>
        client.GetService<OpenTelemetryChatClient>() is not null && client.GetService<ActivitySource>() is { } source ? new ConversationTag(source) : null;

    /// <summary>
    /// Sets the session of the model calls that follow in this flow of control.
    /// </summary>
    public static void Set(string sessionId) => CurrentId.Value = sessionId;

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}
