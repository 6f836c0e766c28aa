#!/usr/bin/env bash
#
# Builds, and runs what needs a MongoDB with one: MONGODB_URI, mongod, Docker, or, on Debian and Ubuntu with root,
# DocumentDB from Debian's packages. See tests/SessionManager.TestServer.
#
#   ./build.sh test [core]
#                        build with warnings as errors, run every test, the integration tests once more on a replica set
#                        where the server is the gateway, and chaos for a minute, which counts as one; the last line is
#                        "N passed, N failed, N skipped"; core leaves out what needs a browser or npm packages
#   ./build.sh sample    build the sample, run it in one process, then continue its session in another
#   ./build.sh bench [FILTER]
#                        build, measure ours beside the raw driver; FILTER is a part of a class's name, or growth or size;
#                        must be asked for, since they take minutes: turn, whole turns beside stores written by hand;
#                        distance, appends to a far server; silent, what appends take of memory while no answer comes;
#                        load, which stores 111,000 sessions; migration, which brings 10,000 of Python's over
#   ./build.sh chaos [MINUTES [SEED]]
#                        build, store in four processes while line, processes and database are broken, judge what is stored
#   ./build.sh soak [MINUTES]
#                        build, use a thousand sessions for half an hour, fail unless heap, handles and threads stay level
#   ./build.sh check [STATES [NAME]]
#                        build, explore every order of the steps of runs and branches, or so many states of each scenario, and
#                        print how many there are; all of them take hours; NAME is a part of a scenario's name

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly bin=artifacts/bin
readonly results=artifacts/test-results

# The test projects that need a browser or npm packages, by name and with spaces between. There are none.
readonly beyond_core=''

readonly chaos_minutes_of_test=1

export DOTNET_NOLOGO=true
export DOTNET_CLI_TELEMETRY_OPTOUT=true
export MSBUILDDISABLENODEREUSE=1

# Without ICU, as on a bare Debian, .NET starts in this mode only. Not by way of grep -q: it ends at once when it has found it, and
# the broken pipe of ldconfig would say, now and then, that there is none.
if [[ $(uname) == Linux && $(/sbin/ldconfig -p) != *libicuuc* ]]; then
  export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
fi

# Builds the solution, or the projects that are named, with their references.
build() {
  local target
  for target in "${@:-SessionManager.sln}"; do
    dotnet build "$target" --configuration Release -warnaserror -warnnotaserror:NU1900
  done
}

# Runs this script's own command, with MONGODB_URI set. Options of the server stand before the command.
with_server() {
  local -a options=()
  while [[ $1 == --* ]]; do
    options+=("$1")
    shift
  done
  dotnet "$bin/SessionManager.TestServer/release/SessionManager.TestServer.dll" "${options[@]}" exec "$BASH" build.sh "$@"
}

# Names the test projects: all of them, or those of the core.
test_projects() {
  local project name
  for project in tests/*/*Tests.csproj; do
    name=$(basename "$project" .csproj)
    if [[ $1 == all || " $beyond_core " != *" $name "* ]]; then
      echo "$name"
    fi
  done
}

run_tests() {
  local name status=0
  for name in $(test_projects "$1"); do
    run_test_project "$name" "$name" || status=1
  done
  if [[ ${SESSION_TEST_SERVER:-} == gateway ]]; then
    # The gateway may be a replica set as well; of another server there is one. It is started anew, beside this one.
    MONGODB_URI='' with_server --replica-set run-replica-set-tests || status=1
  fi
  return "$status"
}

# Runs the tests of what the topology of the server changes.
run_replica_set_tests() {
  run_test_project SessionManager.IntegrationTests SessionManager.IntegrationTests.replica-set
}

# Runs a test project and leaves its report. Only the gateway has the fail points that some tests are about.
run_test_project() {
  local -a options=(-noColor -xml "$results/$2.xml")
  if [[ ${SESSION_TEST_SERVER:-} != gateway ]]; then
    options+=(-trait- Server=Gateway)
  fi
  echo "$2" >>"$results/started"
  dotnet "$bin/$1/release/$1.dll" "${options[@]}"
}

# Adds up one attribute of the reports' <assembly> elements.
sum_of() {
  { cat "$results"/*.xml 2>/dev/null || true; } \
    | { grep -o '<assembly [^>]*>' || true; } \
    | { grep -o " $1=\"[0-9]*\"" || true; } \
    | tr -dc '0-9\n' \
    | awk '{ sum += $1 } END { print sum + 0 }'
}

# Builds, and runs the tests: all, or the core.
build_and_test() {
  local name status=0 missing=0 passed failed skipped
  build
  rm -rf "$results"
  mkdir -p "$results"
  with_server run-tests "$1" || status=1

  for name in $({ test_projects "$1"; cat "$results/started" 2>/dev/null || true; } | sort --unique); do
    if [[ ! -s $results/$name.xml ]]; then
      echo "$name ended without a report." >&2
      missing=$((missing + 1))
    fi
  done

  passed=$(sum_of passed)
  failed=$(($(sum_of failed) + $(sum_of errors) + missing))

  # Last, and with a server of its own: the others would notice that it is killed.
  if run_chaos chaos "$chaos_minutes_of_test"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi

  skipped=$(sum_of skipped)
  ((failed == 0 && passed > 0)) || status=1
  echo "$passed passed, $failed failed, $skipped skipped"
  return "$status"
}

# Chaos, or soak.
run_chaos() {
  dotnet "$bin/SessionManager.Chaos/release/SessionManager.Chaos.dll" "$@"
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

usage() {
  sed -n '3,23s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

case "${1:-}" in
  test)
    case "${2:-all}" in
      all | core) build_and_test "${2:-all}" ;;
      *) usage ;;
    esac
    ;;
  sample)
    build samples/WorkerSample tests/SessionManager.TestServer
    with_server run-sample "sample-$(date +%s)-$$"
    ;;
  bench)
    build
    with_server run-bench "${@:2}"
    ;;
  chaos | soak)
    build tests/SessionManager.Chaos
    run_chaos "$@"
    ;;
  check)
    build tests/SessionManager.Protocol.Tests
    SESSIONMANAGER_CHECK=${2:-all} SESSIONMANAGER_CHECK_NAME=${3:-} dotnet "$bin/SessionManager.Protocol.Tests/release/SessionManager.Protocol.Tests.dll" -noColor -showLiveOutput
    ;;
  run-tests) run_tests "$2" ;;
  run-replica-set-tests) run_replica_set_tests ;;
  run-sample) run_sample "$2" ;;
  run-bench) dotnet "$bin/SessionManager.Benchmarks/release/SessionManager.Benchmarks.dll" "${@:2}" ;;
  *) usage ;;
esac
