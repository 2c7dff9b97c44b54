#!/usr/bin/env bash
# Installs what a machine lacks to run and test Fuyuan: Debian 12+, Ubuntu 24.04+ (x86-64).
# As root, or with sudo where a system package is missing. Again and again: quick, changes nothing.
#   AMQP_URL / MONGO_URL set: that server is used, so nothing is installed for it.
#   Argument `node`: Node.js and npm, too, for the tests of contracts/examples/node.
#   Argument `prometheus`: Prometheus and promtool, too, for the tests of dashboards and alerts.
#   PYTHON: which interpreter makes the venv (3.11 or newer; default python3).
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

PYTHON=${PYTHON:-python3}
ALSO=${1:-}
VENV=.venv
STAMP=$VENV/.installed

say() { printf 'install: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

loadable() { "$PYTHON" -c "import ctypes; ctypes.CDLL('$1')" 2>/dev/null; }

# What a package stands for is looked at, not the package: it may be there by other means.
missing_packages() {
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || echo python3
  "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  [ -s /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
  if [ -z "${AMQP_URL:-}" ]; then
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] && command -v epmd >/dev/null || echo rabbitmq-server
  fi
  if [ -z "${MONGO_URL:-}" ]; then
    # mongod is linked with these; python3 may be missing itself, then they are asked for too
    loadable libcurl.so.4 || echo libcurl4
    loadable libssl.so.3 || echo libssl3
  fi
  if [ "$ALSO" = node ]; then
    command -v node >/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
  fi
  if [ "$ALSO" = prometheus ]; then
    command -v prometheus >/dev/null && command -v promtool >/dev/null || echo prometheus
  fi
}

# Ubuntu 24.04 and Debian 13 name them with t64; the old name may be virtual or gone.
real_name() {
  if apt-cache show "$1t64" >/dev/null 2>&1; then echo "$1t64"; else echo "$1"; fi
}

install_packages() {
  local root=() packages=() name
  command -v apt-get >/dev/null || die "no apt-get here; install by hand: $*"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "no sudo here; as root: apt-get install $*"
    root=(sudo)
  fi
  local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -qq
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
  say "installing $*"
  "${apt[@]}" update
  for name in "$@"; do packages+=("$(real_name "$name")"); done
  # The packaged servers must not be started: ours are private ones. A service that is running
  # already is not touched: this is only asked when a package starts something.
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    # shellcheck disable=SC2064 # expanded now, while the names are known
    trap "${root[*]} rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
    "${root[@]}" chmod 755 "$policy"
  fi
  "${apt[@]}" install --yes --no-install-recommends "${packages[@]}" >&2
}

fingerprint() {
  { "$PYTHON" -VV; pwd; cat requirements.lock pyproject.toml contracts/pyproject.toml; } |
    sha256sum
}

install_python() {
  local now
  now=$(fingerprint)
  [ -e "$STAMP" ] && [ "$(cat "$STAMP")" = "$now" ] && return
  say "installing the locked Python packages into $VENV"
  # a venv of another interpreter, or of a folder that was moved, can't be repaired
  "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || rm -rf "$VENV"
  [ -d "$VENV" ] || "$PYTHON" -m venv "$VENV"
  rm -f "$STAMP"
  local pip=("$VENV/bin/python" -m pip --disable-pip-version-check --quiet install --no-deps)
  "${pip[@]}" --require-hashes -r requirements.lock
  "${pip[@]}" --no-build-isolation --editable contracts --editable .
  echo "$now" >"$STAMP"
}

missing=$(missing_packages)
# shellcheck disable=SC2086 # one package a word
[ -z "$missing" ] || install_packages $missing
still=$(missing_packages)
[ -z "$still" ] || die "still missing after the install: $(echo $still)"
install_python
