#!/usr/bin/env bash
# Installs what the tests need and the machine lacks: Debian's Chromium, git, Redis and OpenSSL, and the SDKs under test.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v chromium >/dev/null || ! command -v git >/dev/null || ! command -v redis-server >/dev/null || ! command -v openssl >/dev/null; then
  echo "installing chromium, git, redis-server and openssl"
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium git redis-server openssl >/dev/null
fi
if [ ! -x e2e/.venv/bin/python ] || ! e2e/.venv/bin/python -c 'import ldclient, openfeature.contrib.provider.flagd, openfeature.contrib.provider.ofrep, standardwebhooks' 2>/dev/null; then
  python3 -m venv e2e/.venv
  e2e/.venv/bin/pip install -q -r e2e/requirements.txt
fi
