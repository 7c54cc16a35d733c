#!/bin/sh
# Has Label Studio write its own OpenAPI document, beside this file.
set -eu
cd "$(dirname "$0")"
here=$PWD
venv=${PRODUCTS:-$here/../.installed}/label-studio/venv
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
export LABEL_STUDIO_BASE_DATA_DIR="$data" DJANGO_DB=sqlite DJANGO_SETTINGS_MODULE=core.settings.label_studio
export LATEST_VERSION_CHECK=false COLLECT_ANALYTICS=false SENTRY_DSN= FRONTEND_SENTRY_DSN=
app=$(echo "$venv"/lib/python3*/site-packages/label_studio)
cd "$app"
"$venv/bin/python" manage.py spectacular --format openapi-json --file "$data/openapi.json" 2> "$data/log" > "$data/log" ||
  { cat "$data/log" >&2; exit 1; }
mv "$data/openapi.json" "$here/openapi.json"
