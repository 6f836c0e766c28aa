using Microsoft.Extensions.AI;

namespace SessionManager.TestProcess;

/// <summary>
/// A turn whose model says what it was sent. Where it is told to, the model stays until it is stopped or the process is.
/// </summary>
internal sealed class Booking(IServiceProvider services, string[] words)
{
    private readonly string _sessionId = words[1];
    private readonly string _agentId = words[2];
    private readonly string _text = words[3];
    private readonly WhenBusy _whenBusy = words[4] switch
    {
        "fail" => WhenBusy.Fail,
        "takeover" => WhenBusy.TakeOver,
        _ => WhenBusy.Default,
    };

    private readonly int _milliseconds = words.Length > 5 ? int.Parse(words[5], provider: null) : 0;

    /// <summary>
    /// Asks, and tells what the model was sent, or what came in between.
    /// </summary>
    public async Task<string> AskAsync()
    {
        using var client = new ChatClientBuilder(new Model(TimeSpan.FromMilliseconds(_milliseconds))).UseSessionManager(_agentId).Build(services);
        try
        {
            var options = new ChatOptions { ConversationId = _sessionId }.With(new SessionRequest { WhenBusy = _whenBusy });
            return (await client.GetResponseAsync(_text, options)).Text;
        }
        catch (SessionException e)
        {
            return e.GetType().Name;
        }
        catch (OperationCanceledException)
        {
            return "stopped";
        }
    }

    private sealed class Model(TimeSpan time) : WholeAnswerModel
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var seen = string.Join(',', messages.Select(static message => message.Text.Split(':')[0]));
            if (time > TimeSpan.Zero)
            {
                Console.WriteLine("in the model");
                await Task.Delay(time, cancellationToken);
            }

            return new ChatResponse(new ChatMessage(ChatRole.Assistant, $"answer:{seen}"));
        }
    }
}
