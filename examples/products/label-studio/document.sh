#!/bin/sh
# Has Label Studio write its own OpenAPI document, beside this file, and make an empty database, which start.sh copies:
# its 400 migrations take a minute.
set -eu
cd "$(dirname "$0")"
here=$PWD
place=${PRODUCTS:-$here/../.installed}/label-studio
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
export LABEL_STUDIO_BASE_DATA_DIR="$data" DJANGO_DB=sqlite DJANGO_SETTINGS_MODULE=core.settings.label_studio
export LATEST_VERSION_CHECK=false COLLECT_ANALYTICS=false SENTRY_DSN= FRONTEND_SENTRY_DSN=
cd "$(echo "$place"/venv/lib/python3*/site-packages/label_studio)"
manage() {
  "$place/venv/bin/python" manage.py "$@" > "$data/log" 2>&1 || { cat "$data/log" >&2; exit 1; }
}
manage migrate --verbosity 0
manage spectacular --format openapi-json --file "$data/openapi.json"
mv "$data"/*.sqlite3 "$place/empty.sqlite3"
mv "$data/openapi.json" "$here/openapi.json"
