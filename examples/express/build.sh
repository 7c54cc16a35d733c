#!/bin/sh
# Installs what the lock file names; does nothing where that is done. No network after that.
set -eu
cd "$(dirname "$0")"

fail() {
  echo "examples/express: $1" >&2
  exit 1
}

command -v node >/dev/null || fail "Node.js 20 or later is needed (Debian: apt-get install nodejs npm)."
command -v npm >/dev/null || fail "npm is needed (Debian: apt-get install npm)."

# The stamp is made last, so that what was broken off is done anew.
if [ ! node_modules/.installed -nt package-lock.json ]; then
  echo "examples/express: installing Express (once; seconds) ..."
  npm ci --ignore-scripts --no-audit --no-fund --loglevel error
  touch node_modules/.installed
fi
