using Microsoft.Extensions.Options;

namespace SessionManager.Internal;

[OptionsValidator]
internal sealed partial class MongoSessionManagerOptionsValidator : IValidateOptions<MongoSessionManagerOptions>;
