using Microsoft.Extensions.Options;

namespace SessionManager.Internal.Events;

[OptionsValidator]
internal sealed partial class WebhookOptionsValidator : IValidateOptions<WebhookOptions>;
