namespace SessionManager;

public sealed class MetadataFieldsTests
{
    private readonly Dictionary<string, object?> _metadata = new()
    {
        ["a"] = new Dictionary<string, object?> { ["b"] = 1 },
        ["list"] = new List<object?> { "x", new Dictionary<string, object?> { ["k"] = 2L } },
        ["none"] = null,
    };

    [Theory]
    [InlineData("a.b", 1)]
    [InlineData("list.0", "x")]
    [InlineData("list.1.k", 2L)]
    [InlineData("none", null)]
    public void TryGet_FieldThatIsThere_IsFound(string key, object? expected)
    {
        Assert.True(MetadataFields.TryGet(_metadata, key, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("b")]
    [InlineData("a.c")]
    [InlineData("a.b.c")]
    [InlineData("list.2")]
    [InlineData("list.x")]
    [InlineData("none.a")]
    public void TryGet_FieldThatIsNotThere_IsNotFound(string key)
    {
        Assert.False(MetadataFields.TryGet(_metadata, key, out var value));
        Assert.Null(value);
    }

    [Theory]
    [InlineData("new")]
    [InlineData("new.deep.er")]
    [InlineData("a.b")]
    [InlineData("list.0")]
    [InlineData("list.4")]
    [InlineData("list.1.k")]
    public void Set_FieldThatCanBe_IsFoundAndRemovedAgain(string key)
    {
        MetadataFields.Set(_metadata, key, "value");
        Assert.Equal([KeyValuePair.Create(key, (object?)"value")], MetadataFields.Select(_metadata, [key, "zz"]));

        MetadataFields.Remove(_metadata, key);
        MetadataFields.TryGet(_metadata, key, out var value);
        Assert.Null(value);
    }

    [Theory]
    [InlineData("a.b.c")]
    [InlineData("none.a")]
    [InlineData("list.x")]
    [InlineData("list.0.a")]
    [InlineData("list.2000000")]
    public void Set_PathThatLeadsNowhere_ThrowsAndChangesNothing(string key)
    {
        var before = MetadataValue.Normalize(_metadata, "before");

        Assert.Throws<ArgumentException>(() => MetadataFields.Set(_metadata, key, "value"));

        Assert.Equivalent(before, _metadata, strict: true);
    }

    [Theory]
    [InlineData("a.b", 4, 5)]
    [InlineData("list.1.k", -3, -1)]
    [InlineData("list.3", 2, 2)]
    [InlineData("new.deep.er", 0, 0)]
    public void Increment_IntegerOrNothingYet_HasTheSum(string key, long amount, long expected)
    {
        Assert.Equal(expected, MetadataFields.Increment(_metadata, key, amount));

        Assert.True(MetadataFields.TryGet(_metadata, key, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("a", 1, typeof(ArgumentException))]
    [InlineData("none", 1, typeof(ArgumentException))]
    [InlineData("list.0", 1, typeof(ArgumentException))]
    [InlineData("a.b.c", 1, typeof(ArgumentException))]
    [InlineData("a.b", long.MaxValue, typeof(OverflowException))]
    public void Increment_WhatCannotBeAddedTo_ThrowsAndChangesNothing(string key, long amount, Type expected)
    {
        var before = MetadataValue.Normalize(_metadata, "before");

        Assert.Throws(expected, () => MetadataFields.Increment(_metadata, key, amount));

        Assert.Equivalent(before, _metadata, strict: true);
    }

    [Fact]
    public void Remove_ItemOfAList_LeavesTheOthersWhereTheyAre()
    {
        MetadataFields.Remove(_metadata, "list.0");
        MetadataFields.Remove(_metadata, "list.7");
        MetadataFields.Remove(_metadata, "a.x.y");

        Assert.Equal([null, _metadata["list"] is List<object?> list ? list[1] : null], (List<object?>)_metadata["list"]!);
    }

    [Theory]
    [InlineData("a.b", 1.0, true)]
    [InlineData("a.b", 2, false)]
    [InlineData("list", "x", true)]
    [InlineData("list.k", 2, true)]
    [InlineData("list.1.k", 2, true)]
    [InlineData("list", "k", false)]
    [InlineData("none", null, true)]
    [InlineData("missing", null, true)]
    [InlineData("missing", 1, false)]
    public void Matches_Value_IsFoundAsAQueryDoes(string key, object? value, bool expected) =>
        Assert.Equal(expected, MetadataFields.Matches(_metadata, key, value));
}
