namespace SessionManager.Tool.Doctor;

/// <summary>
/// Ascending positions, kept as ranges without gaps: there is mostly one.
/// </summary>
internal sealed class StoredPositions
{
    private readonly List<(int From, int Before)> _ranges = [];

    public IReadOnlyList<(int From, int Before)> Ranges => _ranges;

    public int Count => _ranges.Sum(static range => range.Before - range.From);

    public void Add(int position)
    {
        if (_ranges is [.., var last] && last.Before == position)
        {
            _ranges[^1] = (last.From, position + 1);
        }
        else
        {
            _ranges.Add((position, position + 1));
        }
    }

    public IEnumerable<int> List() => _ranges.SelectMany(static range => Enumerable.Range(range.From, range.Before - range.From));
}
