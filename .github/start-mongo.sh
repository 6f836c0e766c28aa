#!/usr/bin/env bash
#
# Starts MongoDB in containers on this machine's own network, and prints its connection string.
#
#   start-mongo.sh VERSION standalone|replica-set|sharded
#
# For the hosted workflow: no authentication, data that end with the containers. See docs/testing.md.

set -euo pipefail

readonly image="mongo:$1"
readonly topology=$2

# Starts one server: its name, its port, and its program with further arguments. Tests set MongoDB's fail points.
start() {
  local name=$1 port=$2
  shift 2
  docker run --detach --name "$name" --network host "$image" "$@" --port "$port" --bind_ip localhost \
    --setParameter enableTestCommands=1 >/dev/null
}

# Runs a script in the shell of the server at a port: mongosh, or mongo where an old image has only that.
run() {
  local name=$1 port=$2 script=$3
  docker exec "$name" sh -c \
    'if command -v mongosh >/dev/null; then shell=mongosh; else shell=mongo; fi; exec "$shell" --quiet --port "$1" --eval "$2"' \
    sh "$port" "$script"
}

# Repeats a script until it succeeds, which a server that is still starting does not.
await() {
  local name=$1 port=$2 script=$3 attempt output=
  for ((attempt = 0; attempt < 60; attempt++)); do
    if output=$(run "$name" "$port" "$script" 2>&1); then
      return
    fi
    sleep 1
  done
  echo "$name on port $port does not become ready: $output" >&2
  docker logs --tail 50 "$name" >&2
  return 1
}

await_ping() {
  await "$1" "$2" 'if (db.adminCommand({ ping: 1 }).ok !== 1) { throw new Error("no answer") }'
}

await_primary() {
  await "$1" "$2" 'if (!db.adminCommand({ isMaster: 1 }).ismaster) { throw new Error("no primary yet") }'
}

# Makes a replica set of one server.
initiate_alone() {
  local name=$1 port=$2 set=$3
  await_ping "$name" "$port"
  run "$name" "$port" "rs.initiate({ _id: '$set', members: [{ _id: 0, host: 'localhost:$port' }] })" >&2
  await_primary "$name" "$port"
}

case "$topology" in
  standalone)
    start mongo 27017 mongod
    await_ping mongo 27017
    echo 'mongodb://localhost:27017'
    ;;

  replica-set)
    for port in 27017 27018 27019; do
      start "mongo-$port" "$port" mongod --replSet rs
    done
    for port in 27017 27018 27019; do
      await_ping "mongo-$port" "$port"
    done
    # The first one wins the election, so that the wait below is for one server.
    run mongo-27017 27017 "rs.initiate({ _id: 'rs', members: [
      { _id: 0, host: 'localhost:27017', priority: 2 },
      { _id: 1, host: 'localhost:27018' },
      { _id: 2, host: 'localhost:27019' }] })" >&2
    await_primary mongo-27017 27017
    echo 'mongodb://localhost:27017,localhost:27018,localhost:27019/?replicaSet=rs'
    ;;

  sharded)
    start config 27100 mongod --configsvr --replSet config
    start shard-1 27101 mongod --shardsvr --replSet shard1
    start shard-2 27102 mongod --shardsvr --replSet shard2
    initiate_alone config 27100 config
    initiate_alone shard-1 27101 shard1
    initiate_alone shard-2 27102 shard2
    start mongos 27017 mongos --configdb config/localhost:27100
    await_ping mongos 27017
    await mongos 27017 'if (sh.addShard("shard1/localhost:27101").ok !== 1) { throw new Error("not added") }'
    await mongos 27017 'if (sh.addShard("shard2/localhost:27102").ok !== 1) { throw new Error("not added") }'
    echo 'mongodb://localhost:27017'
    ;;

  *)
    sed -n '3,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
