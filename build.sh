#!/usr/bin/env bash
#
# Builds, and runs what needs a MongoDB with one: MONGODB_URI, mongod, Docker, or, on Debian and Ubuntu with root,
# DocumentDB from Debian's packages. See tests/SessionManager.TestServer.
#
#   ./build.sh test      build with warnings as errors, run every test; the last line is "N passed, N failed, N skipped"
#   ./build.sh sample    build, run the sample in one process, then continue its session in another
#   ./build.sh bench [FILTER]
#                        build, measure ours beside the raw driver; FILTER is a part of a class's name, or growth, size,
#                        or load, which stores 111,000 sessions and must be asked for

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly bin=artifacts/bin
readonly results=artifacts/test-results

export DOTNET_NOLOGO=true
export DOTNET_CLI_TELEMETRY_OPTOUT=true
export MSBUILDDISABLENODEREUSE=1

# Without ICU, as on a bare Debian, .NET starts in this mode only.
if [[ $(uname) == Linux ]] && ! /sbin/ldconfig -p | grep -q libicuuc; then
  export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
fi

build() {
  dotnet build SessionManager.sln --configuration Release -warnaserror -warnnotaserror:NU1900
}

# Runs this script's own command, with MONGODB_URI set.
with_server() {
  dotnet "$bin/SessionManager.TestServer/release/SessionManager.TestServer.dll" exec "$BASH" build.sh "$@"
}

test_projects() {
  local project
  for project in tests/*/*Tests.csproj; do
    basename "$project" .csproj
  done
}

run_tests() {
  local name status=0
  for name in $(test_projects); do
    dotnet "$bin/$name/release/$name.dll" -noColor -xml "$results/$name.xml" || status=1
  done
  return "$status"
}

# Adds up one attribute of the reports' <assembly> elements.
sum_of() {
  { cat "$results"/*.xml 2>/dev/null || true; } \
    | { grep -o '<assembly [^>]*>' || true; } \
    | { grep -o " $1=\"[0-9]*\"" || true; } \
    | tr -dc '0-9\n' \
    | awk '{ sum += $1 } END { print sum + 0 }'
}

test_all() {
  local name status=0 missing=0 passed failed skipped
  build
  rm -rf "$results"
  mkdir -p "$results"
  with_server run-tests || status=1

  for name in $(test_projects); do
    if [[ ! -s $results/$name.xml ]]; then
      echo "$name ended without a report." >&2
      missing=$((missing + 1))
    fi
  done

  passed=$(sum_of passed)
  failed=$(($(sum_of failed) + $(sum_of errors) + missing))
  skipped=$(sum_of skipped)
  ((failed == 0 && passed > 0)) || status=1
  echo "$passed passed, $failed failed, $skipped skipped"
  return "$status"
}

# The first process writes down what it said; the second fails unless what it resumes is equal to that.
run_sample() {
  local transcript
  transcript=$(mktemp)
  local -a worker=(dotnet "$bin/WorkerSample/release/WorkerSample.dll" --Support:SessionId="$1" --Support:TranscriptFile="$transcript")
  printf '\n--- The first process ---\n'
  "${worker[@]}"
  printf '\n--- It has ended. A second process ---\n'
  "${worker[@]}"
  rm -f "$transcript"
}

case "${1:-}" in
  test) test_all ;;
  sample)
    build
    with_server run-sample "sample-$(date +%s)-$$"
    ;;
  bench)
    build
    with_server run-bench "${@:2}"
    ;;
  run-tests) run_tests ;;
  run-sample) run_sample "$2" ;;
  run-bench) dotnet "$bin/SessionManager.Benchmarks/release/SessionManager.Benchmarks.dll" "${@:2}" ;;
  *)
    sed -n '3,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
