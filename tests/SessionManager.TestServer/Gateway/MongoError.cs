namespace SessionManager.TestServer.Gateway;

/// <summary>Translates DocumentDB's errors into MongoDB's codes.</summary>
/// <remarks>
/// DocumentDB reports an error as an SQLSTATE of five characters. Inside the <c>writeErrors</c> of a reply the same
/// five characters are packed into an integer, the way PostgreSQL does it.
/// </remarks>
internal static class MongoError
{
    public const int InternalError = 1;
    public const int BadValue = 2;
    public const int Unauthorized = 13;
    public const int IllegalOperation = 20;
    public const int CursorNotFound = 43;
    public const int CommandNotFound = 59;
    public const int InvalidOptions = 72;
    public const int CommandNotSupported = 115;
    public const int TransactionTooOld = 225;
    public const int FailPointSetFailed = 266;
    public const int UnsupportedOpQueryCommand = 352;
    public const int MissingField = 40414;
    public const int BsonObjectTooLarge = 10334;
    public const int DuplicateKey = 11000;
    public const int NotARetryableWriteCommand = 50768;

    private const int SqlStateLength = 5;
    private const int BitsPerCharacter = 6;
    private const string UnknownName = "Location";

    private static readonly (string SqlState, int Code, string Name)[] Table =
    [
        ("M0000", InternalError, "InternalError"),
        ("M0001", BadValue, "BadValue"),
        ("M0003", 9, "FailedToParse"),
        ("", 6, "HostUnreachable"),
        ("", 7, "HostNotFound"),
        ("M00ER", Unauthorized, "Unauthorized"),
        ("M0004", 14, "TypeMismatch"),
        ("M0005", 15, "Overflow"),
        ("M00DO", 16, "InvalidLength"),
        ("M0006", IllegalOperation, "IllegalOperation"),
        ("M00EW", 24, "LockTimeout"),
        ("55P03", 24, "LockTimeout"),
        ("M0008", 26, "NamespaceNotFound"),
        ("M0009", 27, "IndexNotFound"),
        ("M000A", 28, "PathNotViable"),
        ("M000C", 34, "CannotBackfillArray"),
        ("M000D", 40, "ConflictingUpdateOperators"),
        ("M000E", CursorNotFound, "CursorNotFound"),
        ("M000F", 48, "NamespaceExists"),
        ("M00EX", 50, "MaxTimeMSExpired"),
        ("57014", 50, "MaxTimeMSExpired"),
        ("M000G", 52, "DollarPrefixedFieldName"),
        ("M000J", 56, "EmptyFieldName"),
        ("M000K", 57, "DottedFieldName"),
        ("M00EY", CommandNotFound, "CommandNotFound"),
        ("M000L", 61, "ShardKeyNotFound"),
        ("", 64, "WriteConcernFailed"),
        ("M000M", 66, "ImmutableField"),
        ("M000N", 67, "CannotCreateIndex"),
        ("M000O", 68, "IndexAlreadyExists"),
        ("M000P", InvalidOptions, "InvalidOptions"),
        ("M000Q", 73, "InvalidNamespace"),
        ("M000R", 85, "IndexOptionsConflict"),
        ("M000S", 86, "IndexKeySpecsConflict"),
        ("", 89, "NetworkTimeout"),
        ("57P01", 91, "ShutdownInProgress"),
        ("", 100, "UnsatisfiableWriteConcern"),
        ("M00F1", 112, "WriteConflict"),
        ("40001", 112, "WriteConflict"),
        ("40P01", 112, "WriteConflict"),
        ("M000U", CommandNotSupported, "CommandNotSupported"),
        ("M00CO", 121, "DocumentValidationFailure"),
        ("", 133, "FailedToSatisfyReadPreference"),
        ("M00EL", 143, "CursorInUse"),
        ("M000W", 146, "ExceededMemoryLimit"),
        ("M000Z", 166, "CommandNotSupportedOnView"),
        ("M0010", 167, "OptionNotSupportedOnView"),
        ("M0011", 181, "AmbiguousIndexKeyPattern"),
        ("", 189, "PrimarySteppedDown"),
        ("M0012", 197, "InvalidIndexSpecificationOption"),
        ("M0013", 224, "QueryFeatureNotAllowed"),
        ("", TransactionTooOld, "TransactionTooOld"),
        ("M0015", 241, "ConversionFailure"),
        ("", 262, "ExceededTimeLimit"),
        ("M0016", 263, "OperationNotSupportedInTransaction"),
        ("", FailPointSetFailed, "FailPointSetFailed"),
        ("M0018", 291, "UnableToFindIndex"),
        ("", UnsupportedOpQueryCommand, "UnsupportedOpQueryCommand"),
        ("", 9001, "SocketException"),
        ("", 10107, "NotWritablePrimary"),
        ("M001B", BsonObjectTooLarge, "BSONObjectTooLarge"),
        ("M001C", DuplicateKey, "DuplicateKey"),
        ("23505", DuplicateKey, "DuplicateKey"),
        ("23P01", DuplicateKey, "DuplicateKey"),
        ("", 11600, "InterruptedAtShutdown"),
        ("", 11602, "InterruptedDueToReplStateChange"),
        ("", 13435, "NotPrimaryNoSecondaryOk"),
        ("", 13436, "NotPrimaryOrSecondary"),
        ("53100", 14031, "OutOfDiskSpace"),
        ("M003A", 17419, "Location17419"),
        ("M003B", 17420, "Location17420"),
        ("M007T", 40323, "Location40323"),
        ("M007U", 40324, "Location40324"),
        ("M0087", MissingField, "Location40414"),
        ("M0088", 40415, "Location40415"),
        ("", NotARetryableWriteCommand, "NotARetryableWriteCommand"),
    ];

    private static readonly Dictionary<string, int> Codes =
        Table.Where(row => row.SqlState.Length > 0).ToDictionary(row => row.SqlState, row => row.Code);

    private static readonly Dictionary<int, string> Names =
        Table.DistinctBy(row => row.Code).ToDictionary(row => row.Code, row => row.Name);

    public static int FromSqlState(string sqlState) => Codes.GetValueOrDefault(sqlState, InternalError);

    public static int FromPackedSqlState(int packed) => FromSqlState(Unpack(packed));

    public static string NameOf(int code) => Names.GetValueOrDefault(code, UnknownName + code);

    private static string Unpack(int packed) => string.Create(SqlStateLength, packed, static (characters, value) =>
    {
        for (var i = 0; i < characters.Length; i++)
        {
            characters[i] = (char)('0' + ((value >> (i * BitsPerCharacter)) & ((1 << BitsPerCharacter) - 1)));
        }
    });
}
