using System.Reflection;
using Xunit.v3;

namespace SessionManager.Testing.Providers;

/// <summary>
/// Fails each test of an assembly in which a provider would have refused a request.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class NoRefusalAttribute : BeforeAfterTestAttribute
{
    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (ProviderRefusals.Take() is [var first, ..])
        {
            throw first;
        }
    }
}
