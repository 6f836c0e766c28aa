using Microsoft.Extensions.AI;

namespace SessionManager.Internal.Tools;

public sealed class MetadataToolOptionsTests
{
    private const string Stored = "{'name':'Ann','profile':{'city':'Oslo','pin':1},'profiles':2,'secret':3}";

    private static readonly MetadataToolOptions Options = new()
    {
        ReadableKeys = ["profile.city", "name", "profile.city.area", "name"],
        WritableKeys = ["profile.city", "notes"],
    };

    [Theory]
    [InlineData("get", null, null, """All metadata: {"profile.city":"Oslo","name":"Ann"}""")]
    [InlineData("get", null, """["name","profile.city"]""", """Metadata retrieved: {"name":"Ann","profile.city":"Oslo"}""")]
    [InlineData("get", null, """["name.first"]""", "No metadata found for keys: ['name.first']")]
    [InlineData("get", null, """["name","secret","profile","names"]""", "Error: not allowed to read metadata fields: ['secret', 'profile', 'names']")]
    [InlineData("set", """{"notes":1,"notes.x":2}""", null, "Error managing metadata: The metadata key 'notes.x' lies within 'notes', which is given too. (Parameter 'metadata')")]
    [InlineData("set", """{"notes":1,"profile.city.area":2}""", null, "Successfully updated metadata fields: ['notes', 'profile.city.area']")]
    [InlineData("set", """{"notes":1,"name":"x"}""", null, "Error: not allowed to set metadata fields: ['name']")]
    [InlineData("set", """{"profile":{"city":"x"}}""", null, "Error: not allowed to set metadata fields: ['profile']")]
    [InlineData("update", """{"profile.pin":1,"notesx":1}""", null, "Error: not allowed to set metadata fields: ['profile.pin', 'notesx']")]
    [InlineData("delete", null, """["profile.city"]""", "Successfully deleted metadata fields: ['profile.city']")]
    [InlineData("delete", null, """["notes","profile"]""", "Error: not allowed to delete metadata fields: ['profile']")]
    public async Task Invoke_LimitedTool_StaysWithinTheLimits(string action, string? metadata, string? keys, string answer)
    {
        var session = new MetadataSession(Stored);

        Assert.Equal(answer, await InvokeAsync(session, Options, action, metadata, keys));
        if (answer.StartsWith("Error: not allowed", StringComparison.Ordinal))
        {
            Assert.Empty(session.Calls);
        }
    }

    [Fact]
    public async Task Invoke_LimitedGetAll_AsksForTheReadableKeysOnly()
    {
        var session = new MetadataSession(Stored);

        await InvokeAsync(session, Options, "get");

        Assert.Equal(["get profile.city name"], session.Calls);
    }

    [Fact]
    public async Task Invoke_HookThatAnswersWithEverything_IsFiltered()
    {
        var session = new MetadataSession(Stored)
        {
            OnGet = _ => new Dictionary<string, object?> { ["secret"] = 3, ["name"] = "Ann", ["profile"] = new { Pin = 1 } },
        };

        Assert.Equal("""All metadata: {"name":"Ann"}""", await InvokeAsync(session, Options, "get"));
        Assert.Equal("""Metadata retrieved: {"name":"Ann"}""", await InvokeAsync(session, Options, "get", keys: """["name"]"""));
    }

    [Fact]
    public async Task Invoke_NothingReadable_ReadsNothing()
    {
        var session = new MetadataSession(Stored);

        Assert.Equal("No metadata stored in session", await InvokeAsync(session, new() { ReadableKeys = [] }, "get"));
        Assert.Empty(session.Calls);
    }

    [Fact]
    public async Task Invoke_NothingWritable_WritesNothing()
    {
        var session = new MetadataSession(Stored);

        Assert.Equal("Error: not allowed to set metadata fields: ['a']", await InvokeAsync(session, new() { WritableKeys = [] }, "set", """{"a":1}"""));
        Assert.StartsWith("All metadata: ", await InvokeAsync(session, new() { WritableKeys = [] }, "get"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("$a")]
    public void Constructor_InvalidKey_IsRefused(string key)
    {
        Assert.Throws<ArgumentException>("options", () => new MetadataTool(new MetadataSession(null), new() { ReadableKeys = [key] }));
        Assert.Throws<ArgumentException>("options", () => new MetadataTool(new MetadataSession(null), new() { WritableKeys = [key] }));
    }

    private static async Task<string> InvokeAsync(MetadataSession session, MetadataToolOptions options, string action, string? metadata = null, string? keys = null)
    {
        var arguments = new AIFunctionArguments { ["action"] = action, ["metadata"] = metadata, ["keys"] = keys };
        var answer = await new MetadataTool(session, options).InvokeAsync(arguments, TestContext.Current.CancellationToken);
        return Assert.IsType<string>(answer);
    }
}
