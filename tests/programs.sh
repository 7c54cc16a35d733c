#!/bin/sh
# Sees to what the tests use and pip can't install: Node.js and npm for the examples, Chromium for the HTML report, zsh,
# fish and man for what bothends gives them, rsync for gitlab-ci-local, and what npm has: Auth.js, axe, and readers of what
# bothends ships. Installs what is missing where nobody need be asked: on Debian, as root, or by sudo in CI. Elsewhere it
# says what to install and lets the tests run: those that need it fail, and say so.
set -eu

missing=
command -v node >/dev/null || missing=nodejs
command -v npm >/dev/null || missing="$missing npm"
command -v zsh >/dev/null || missing="$missing zsh"
command -v fish >/dev/null || missing="$missing fish"
command -v man >/dev/null || missing="$missing man-db"
command -v rsync >/dev/null || missing="$missing rsync"
for browser in chromium chromium-browser google-chrome google-chrome-stable; do
  command -v "$browser" >/dev/null && break
  [ "$browser" = google-chrome-stable ] && missing="$missing chromium"
done
install() {
  as_root=
  [ "$(id -u)" = 0 ] || as_root=sudo
  if ! command -v apt-get >/dev/null || { [ -n "$as_root" ] && [ -z "${CI:-}" ]; }; then
    echo "Some tests need what is not installed: $missing (Debian: apt-get install $missing)." >&2
    return
  fi
  $as_root apt-get update -qq
  # shellcheck disable=SC2086 -- two words are two packages
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing
}

[ -z "$missing" ] || install

# What the lock files name, once. The stamp is made last, so that what was broken off is done anew.
cd "$(dirname "$0")"
for folder in sign_in/auth_js reports/har site/npm integrations/npm; do
  if command -v npm >/dev/null && [ ! "$folder/node_modules/.installed" -nt "$folder/package-lock.json" ]; then
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel error >/dev/null &&
      touch node_modules/.installed) || echo "The tests of $folder will fail." >&2
  fi
done
