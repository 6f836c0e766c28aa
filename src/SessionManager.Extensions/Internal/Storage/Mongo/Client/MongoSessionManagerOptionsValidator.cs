using Microsoft.Extensions.Options;

namespace SessionManager.Internal.Storage.Mongo.Client;

[OptionsValidator]
internal sealed partial class MongoSessionManagerOptionsValidator : IValidateOptions<MongoSessionManagerOptions>;
