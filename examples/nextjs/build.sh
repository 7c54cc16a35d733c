#!/bin/sh
# Installs what the lock file names, and builds both apps; does only what is not done yet. No network after that.
set -eu
cd "$(dirname "$0")"
export NEXT_TELEMETRY_DISABLED=1

fail() {
  echo "examples/nextjs: $1" >&2
  exit 1
}

command -v node >/dev/null || fail "Node.js 20.9 or later is needed (Debian: apt-get install nodejs npm)."
command -v npm >/dev/null || fail "npm is needed (Debian: apt-get install npm)."
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 9) ? 0 : 1)' ||
  fail "Node.js 20.9 or later is needed; this is $(node --version)."

# Each stamp is made last, so that what was broken off is done anew.
if [ ! node_modules/.installed -nt package-lock.json ]; then
  echo "examples/nextjs: installing Next.js, next-auth and the Inngest SDK (once; half a minute) ..."
  npm ci --ignore-scripts --no-audit --no-fund --loglevel error
  touch node_modules/.installed
fi
for app in corrected as-written; do
  stamp="$app/.next/.built"
  log="node_modules/.build-$app.log"
  if [ ! "$stamp" -nt node_modules/.installed ] ||
    [ -n "$(find "$app" -path "$app/.next" -prune -o -type f -newer "$stamp" -print)" ]; then
    echo "examples/nextjs: building $app (ten seconds) ..."
    node node_modules/next/dist/bin/next build "$app" >"$log" 2>&1 || {
      cat "$log" >&2
      fail "$app can't be built."
    }
    touch "$stamp"
  fi
done
