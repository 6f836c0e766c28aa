using Microsoft.Extensions.Options;

namespace SessionManager.Internal.Events;

[OptionsValidator]
internal sealed partial class SessionEventDeliveryOptionsValidator : IValidateOptions<SessionEventDeliveryOptions>;
