using System.Text.Json;

namespace SessionManager.Internal.Events;

public sealed class MetadataSelectionTests
{
    [Fact]
    public void Select_NoFields_CopiesEverything()
    {
        var update = new Dictionary<string, object?> { ["a"] = 1, ["b.c"] = null };

        var (metadata, deletedKeys) = new MetadataSelection([]).Select(update);

        Assert.Equal(update, metadata);
        Assert.NotSame(update, metadata);
        Assert.Empty(deletedKeys);
    }

    [Fact]
    public void Select_Fields_TakesThemAndWhatIsInside()
    {
        var (metadata, deletedKeys) = new MetadataSelection(["tier", "customer"]).Select(new Dictionary<string, object?>
        {
            ["tier"] = null,
            ["tiers"] = 1,
            ["customer.name"] = "Ada",
            ["other"] = 1,
        });

        Assert.Equal(["customer.name", "tier"], metadata.Keys.Order());
        Assert.Null(metadata["tier"]);
        Assert.Empty(deletedKeys);
    }

    public static TheoryData<object?> Parents =>
    [
        new Dictionary<string, object?> { ["address"] = new Dictionary<string, object?> { ["city"] = "Turin" }, ["secret"] = 1 },
        new { Address = new { City = "Turin" } },
        JsonDocument.Parse("""{"address":{"city":"Turin"}}""").RootElement,
    ];

    [Theory]
    [MemberData(nameof(Parents))]
    public void Select_ParentReplaced_TakesTheFieldOutOfIt(object? parent)
    {
        var (metadata, deletedKeys) = new MetadataSelection(["customer.address.city"]).Select(new Dictionary<string, object?> { ["customer"] = parent });

        Assert.Equal("Turin", Assert.Single(metadata, pair => pair.Key == "customer.address.city").Value?.ToString());
        Assert.Empty(deletedKeys);
    }

    [Theory]
    [InlineData("scalar")]
    [InlineData(5)]
    [InlineData(null)]
    public void Select_ParentReplacedByOneWithoutTheField_TellsItAsDeleted(object? parent)
    {
        var (metadata, deletedKeys) = new MetadataSelection(["customer.tier"]).Select(new Dictionary<string, object?> { ["customer"] = parent });

        Assert.Empty(metadata);
        Assert.Equal(["customer.tier"], deletedKeys);
    }

    [Fact]
    public void SelectKeys_Fields_TellsThoseThatAreGone()
    {
        var selection = new MetadataSelection(["tier", "customer.name", "customer.age"]);

        Assert.Equal(["tier", "tier.level"], selection.SelectKeys(["tier", "tier.level", "other", "customers"]));
        Assert.Equal(["customer.name", "customer.age"], selection.SelectKeys(["customer", "customer.name"]));
        Assert.Empty(selection.SelectKeys(["other"]));
        Assert.Equal(["x", "y"], new MetadataSelection([]).SelectKeys(["x", "y", "x"]));
    }
}
