using System.Text.Json;

namespace SessionManager.Internal.Tools;

public sealed class PythonTextJsonTests
{
    [Theory]
    [InlineData("0.3", "0.3")]
    [InlineData("0.70", "0.7")]
    [InlineData("1", "1")]
    [InlineData("-0", "0")]
    [InlineData("1.0", "1.0")]
    [InlineData("-0.0", "-0.0")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("1e3", "1000.0")]
    [InlineData("1e15", "1000000000000000.0")]
    [InlineData("1e16", "1e+16")]
    [InlineData("1.5E+22", "1.5e+22")]
    [InlineData("0.0001", "0.0001")]
    [InlineData("0.00001", "1e-05")]
    [InlineData("1.25e-7", "1.25e-07")]
    [InlineData("5e-324", "5e-324")]
    [InlineData("1.7976931348623157e308", "1.7976931348623157e+308")]
    [InlineData("0.1234567890123456789", "0.12345678901234568")]
    [InlineData("1234.5678", "1234.5678")]
    [InlineData("1e999", "inf")]
    [InlineData("true", "True")]
    [InlineData("null", "None")]
    [InlineData("\"a\\u00e1\"", "aá")]
    [InlineData("\"\\ud800\"", "\ufffd")]
    [InlineData("[1]", "[1]")]
    public void Str_JsonValue_IsWhatPythonPrints(string json, string expected) => Assert.Equal(expected, PythonText.Str(JsonElement.Parse(json)));
}
