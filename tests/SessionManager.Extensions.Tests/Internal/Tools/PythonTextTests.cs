namespace SessionManager.Internal.Tools;

/// <summary>What is expected here was printed by Python 3.11.</summary>
public sealed class PythonTextTests
{
    public static TheoryData<string, string> Strings => new()
    {
        { "a", "'a'" },
        { "it's", "\"it's\"" },
        { "say \"hi\"", "'say \"hi\"'" },
        { "both ' and \"", "'both \\' and \"'" },
        { "back\\slash", "'back\\\\slash'" },
        { "tab\u0009new\u000aret\u000d", "'tab\\tnew\\nret\\r'" },
        { "nul\u0000bell\u0007\u007f", "'nul\\x00bell\\x07\\x7f'" },
        { "\u00e9 \u00f1", "'\u00e9 \u00f1'" },
        { "\u0085\u00a0\u00ad", "'\\x85\\xa0\\xad'" },
        { "\u200b\u2028\u3000", "'\\u200b\\u2028\\u3000'" },
        { "\ue000\uffff", "'\\ue000\\uffff'" },
        { "\U0001f600", "'\U0001f600'" },
        { "\U000e0001\U0003ffff", "'\\U000e0001\\U0003ffff'" },
        { "", "''" },
    };

    public static TheoryData<byte[], string> Bytes => new()
    {
        { [], "b''" },
        { [97, 98, 99], "b'abc'" },
        { [105, 116, 39, 115], "b\"it's\"" },
        { [34, 39], "b'\"\\''" },
        { [0, 9, 10, 13, 92, 127, 255, 126], "b'\\x00\\t\\n\\r\\\\\\x7f\\xff~'" },
    };

    [Theory]
    [MemberData(nameof(Strings), DisableDiscoveryEnumeration = true)]
    public void Repr_String_IsPythons(string text, string repr) => Assert.Equal(repr, PythonText.Repr(text));

    [Theory]
    [MemberData(nameof(Bytes), DisableDiscoveryEnumeration = true)]
    public void Repr_Bytes_IsPythons(byte[] bytes, string repr) => Assert.Equal(repr, PythonText.Repr(bytes));

    [Fact]
    public void Repr_List_IsPythons()
    {
        Assert.Equal("[]", PythonText.Repr(Array.Empty<string>()));
        Assert.Equal("['a', \"it's\"]", PythonText.Repr(["a", "it's"]));
    }

    [Theory]
    [InlineData(0.0, "0.0")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1.0, "1.0")]
    [InlineData(-1.5, "-1.5")]
    [InlineData(0.1, "0.1")]
    [InlineData(100.0, "100.0")]
    [InlineData(123456.789, "123456.789")]
    [InlineData(1000000000000000.0, "1000000000000000.0")]
    [InlineData(1e+16, "1e+16")]
    [InlineData(1.5e+16, "1.5e+16")]
    [InlineData(1.2345678901234568e+17, "1.2345678901234568e+17")]
    [InlineData(9007199254740992.0, "9007199254740992.0")]
    [InlineData(1e+22, "1e+22")]
    [InlineData(1e+100, "1e+100")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00012, "0.00012")]
    [InlineData(1e-05, "1e-05")]
    [InlineData(1.5e-05, "1.5e-05")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(1.7976931348623157e+308, "1.7976931348623157e+308")]
    [InlineData(-2.5e-07, "-2.5e-07")]
    [InlineData(3.0000000000000004, "3.0000000000000004")]
    [InlineData(1234567890123456.8, "1234567890123456.8")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public void Repr_Float_IsPythons(double number, string repr) => Assert.Equal(repr, PythonText.Repr(number));

    [Theory]
    [InlineData("2024-01-02T03:04:05.678000", "2024-01-02 03:04:05.678000")]
    [InlineData("2024-01-02T03:04:05", "2024-01-02 03:04:05")]
    [InlineData("0001-01-01T00:00:00", "0001-01-01 00:00:00")]
    [InlineData("1999-12-31T23:59:59.001000", "1999-12-31 23:59:59.001000")]
    public void Str_Time_IsPythons(string time, string text) =>
        Assert.Equal(text, PythonText.Str(DateTime.Parse(time, System.Globalization.CultureInfo.InvariantCulture)));
}
