using System.Globalization;

namespace SessionManager.Internal.Storage.Mongo.Client;

public class MongoSessionManagerOptionsValidatorTests
{
    public static TheoryData<string> Times => new(
        nameof(MongoSessionManagerOptions.MaxIdleTime),
        nameof(MongoSessionManagerOptions.WaitQueueTimeout),
        nameof(MongoSessionManagerOptions.ServerSelectionTimeout),
        nameof(MongoSessionManagerOptions.ConnectTimeout),
        nameof(MongoSessionManagerOptions.SocketTimeout));

    public static TheoryData<string> Sizes => new(
        nameof(MongoSessionManagerOptions.MaxPoolSize),
        nameof(MongoSessionManagerOptions.MinPoolSize));

    public static TheoryData<string> Required => new(
        nameof(MongoSessionManagerOptions.CollectionName),
        nameof(MongoSessionManagerOptions.MetadataFields));

    [Fact]
    public void Validate_Defaults_Succeeds()
    {
        var result = new MongoSessionManagerOptionsValidator().Validate(null, new MongoSessionManagerOptions());

        Assert.True(result.Succeeded);
    }

    [Theory]
    [MemberData(nameof(Times))]
    public void Validate_TimeAtLimits_Succeeds(string option)
    {
        Assert.Null(Validate(option, TimeSpan.FromMilliseconds(1)));
        Assert.Null(Validate(option, TimeSpan.FromDays(1) - TimeSpan.FromTicks(1)));
    }

    [Theory]
    [InlineData("00:01:00", true)]
    [InlineData("36500.00:00:00", true)]
    [InlineData("00:00:59", false)]
    [InlineData("36500.00:00:01", false)]
    public void Validate_SessionTtl_HasLimits(string time, bool isValid)
    {
        var fault = Validate(nameof(MongoSessionManagerOptions.SessionTtl), TimeSpan.Parse(time, CultureInfo.InvariantCulture));

        Assert.Equal(isValid, fault is null);
        Assert.True(isValid || fault!.Contains("SessionTtl", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Times))]
    public void Validate_TimeOutsideLimits_NamesTheOption(string option)
    {
        TimeSpan[] times = [TimeSpan.Zero, TimeSpan.FromSeconds(-1), TimeSpan.FromTicks(9999), TimeSpan.FromDays(1)];
        foreach (var time in times)
        {
            Assert.Contains($"MongoSessionManagerOptions.{option}", Validate(option, time), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Times))]
    public void Validate_TimeInOtherCulture_Succeeds(string option)
    {
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            Assert.Null(Validate(option, TimeSpan.FromMilliseconds(1)));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Validate_SizeAtLimits_Succeeds(string option)
    {
        Assert.Null(Validate(option, 0));
        Assert.Null(Validate(option, int.MaxValue));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Validate_NegativeSize_NamesTheOption(string option)
    {
        Assert.Contains($"MongoSessionManagerOptions.{option}", Validate(option, -1), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Required))]
    public void Validate_Null_NamesTheOption(string option)
    {
        Assert.Contains($"MongoSessionManagerOptions.{option}", Validate(option, null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void Validate_BlankCollectionName_NamesTheOption(string name)
    {
        var failure = Validate(nameof(MongoSessionManagerOptions.CollectionName), name);

        Assert.Contains("MongoSessionManagerOptions.CollectionName", failure, StringComparison.Ordinal);
    }

    private static string? Validate(string option, object? value)
    {
        var options = new MongoSessionManagerOptions();
        typeof(MongoSessionManagerOptions).GetProperty(option)!.SetValue(options, value);
        var result = new MongoSessionManagerOptionsValidator().Validate(null, options);
        return result.Failed ? Assert.Single(result.Failures) : null;
    }
}
