using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SessionManager.Testing;
using SessionManager.Testing.Providers;

namespace SessionManager;

public sealed partial class ReadmeTests
{
    [Fact]
    public void CodeBlocks_InTheReadme_AreCompiledCode()
    {
        string[] files = ["tests/SessionManager.Extensions.Tests/ReadmeExamples.cs", "tests/SessionManager.AgentFramework.Tests/AgentFrameworkExamples.cs"];
        var compiled = files.SelectMany(file => CompiledSnippet().Matches(File.ReadAllText(Repository.GetPath(file))))
            .ToDictionary(match => match.Groups["name"].Value, match => Unindent(match.Groups["code"].Value), StringComparer.Ordinal);
        var readme = File.ReadAllText(Repository.GetPath("README.md"));
        var shown = ShownSnippet().Matches(readme)
            .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["code"].Value.TrimEnd(), StringComparer.Ordinal);

        Assert.Equal(compiled.Keys.Order(StringComparer.Ordinal), shown.Keys.Order(StringComparer.Ordinal));
        Assert.All(shown, snippet => Assert.Equal(compiled[snippet.Key], snippet.Value));
        Assert.Equal(shown.Count, Regex.Count(readme, "^```csharp", RegexOptions.Multiline));
    }

    [Fact]
    public void OptionsTable_InTheReadme_NamesEveryOption()
    {
        var readme = File.ReadAllText(Repository.GetPath("README.md"));

        Assert.All(typeof(MongoSessionManagerOptions).GetProperties(), option => Assert.Contains($"`{option.Name}`", readme, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Examples_InMemory_DoWhatTheReadmeSays()
    {
        var builder = Host.CreateApplicationBuilder();
        ReadmeExamples.RegisterInMemory(builder);
        using var host = builder.Build();
        var sessions = host.Services.GetRequiredService<ISessionManagerFactory>();
        using var model = new EchoChatClient();
        var service = new ReadmeExamples.SupportService(sessions, model);

        await service.AnswerAsync("s1", "one", TestContext.Current.CancellationToken);
        var answer = await service.AnswerAsync("s1", "two", TestContext.Current.CancellationToken);
        var results = await ReadmeExamples.UseMetadataAsync(sessions.Create("s1"));

        Assert.Equal("I was sent: one, I was sent: one, two", answer);
        Assert.Equal("gold", Assert.IsType<IReadOnlyDictionary<string, object?>>(results[0], exactMatch: false)["customer.tier"]);
        Assert.Equal("high", Assert.IsType<ReadmeExamples.CustomerMetadata>(results[1]).Priority);
        Assert.Equal(2, Assert.Single(Assert.IsType<SessionUsage>(results[2]).Agents).TurnCount);
        Assert.Equal(1L, results[4]);
    }

    [Fact]
    public async Task Pipeline_InMemory_DoesWhatTheReadmeSays()
    {
        using var model = new EchoChatClient();
        var answers = new List<string>();

        foreach (var _ in new[] { "first process", "second process" })
        {
            var builder = Host.CreateApplicationBuilder();
            builder.Services.AddSingleton(Sessions);
            ReadmeExamples.UsePipeline(builder, model);
            using var host = builder.Build();
            answers.Add(await ReadmeExamples.AskAsync(host.Services.GetRequiredService<IChatClient>(), TestContext.Current.CancellationToken));
        }

        Assert.Equal("I was sent: Where is my order?", answers[0]);
        Assert.Equal($"I was sent: Where is my order?, {answers[0]}, Where is my order?", answers[1]);
    }

    private static ISessionManagerFactory Sessions { get; } =
        new ServiceCollection().AddInMemorySessionManager().Services.BuildServiceProvider().GetRequiredService<ISessionManagerFactory>();

    private static string Unindent(string code)
    {
        var lines = code.TrimEnd().Split('\n');
        var indent = lines[0].Length - lines[0].TrimStart().Length;
        return string.Join('\n', lines.Select(line => line.Length >= indent ? line[indent..] : line));
    }

    [GeneratedRegex(@"// snippet: (?<name>\w+)\n(?<code>.*?)\s*// endsnippet", RegexOptions.Singleline)]
    private static partial Regex CompiledSnippet();

    [GeneratedRegex(@"<!-- snippet: (?<name>\w+) -->\n```csharp\n(?<code>.*?)```\n<!-- endsnippet -->", RegexOptions.Singleline)]
    private static partial Regex ShownSnippet();

    /// <summary>
    /// A model that answers with what it was sent.
    /// </summary>
    private sealed class EchoChatClient : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            ProviderRules.ThrowIfRefused([.. messages], options);
            return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, $"I was sent: {string.Join(", ", messages.Select(message => message.Text))}"))
            {
                Usage = new UsageDetails { InputTokenCount = 1 },
            });
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            AsyncEnumerable.Empty<ChatResponseUpdate>();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
