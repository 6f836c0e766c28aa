using Microsoft.Extensions.Options;

namespace SessionManager.Internal.Titles;

[OptionsValidator]
internal sealed partial class SessionTitleOptionsValidator : IValidateOptions<SessionTitleOptions>;
