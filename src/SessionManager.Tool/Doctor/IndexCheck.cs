using System.Runtime.CompilerServices;

namespace SessionManager.Tool.Doctor;

/// <summary>
/// Looks for indexes that are missing.
/// </summary>
internal sealed class IndexCheck(Place place, IReadOnlyList<string> metadataFields, bool expires) : IDoctorCheck
{
    /// <inheritdoc/>
    public string Name => "indexes";

    /// <inheritdoc/>
    public async IAsyncEnumerable<DoctorFinding> RunAsync(Action<long> progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var index in await IndexList.ReadAsync(place, metadataFields, expires, cancellationToken))
        {
            progress(1);
            if (index.State == IndexState.Missing)
            {
                yield return new DoctorFinding
                {
                    Kind = DoctorFindingKind.MissingIndex,
                    Detail = $"Collection {index.Collection} has no index {index.Name}.",
                    Remedy = "The indexes are created.",
                    FixAsync = token => CreateAsync(index, token),
                };
            }
        }
    }

    private async Task<bool> CreateAsync(ListedIndex index, CancellationToken cancellationToken)
    {
        // An index that the server refuses is only logged.
        await place.Storage.PrepareAsync(cancellationToken);
        var indexes = await IndexList.ReadAsync(place, metadataFields, expires, cancellationToken);
        return indexes.Contains(index with { State = IndexState.Present });
    }
}
