#!/usr/bin/env bash
# Makes what a deployment in containers needs once: .env with its secrets, and a private CA with the
# certificates of broker, database and entry. Never writes over anything. Needs openssl alone.
#   HOST: the name people reach the entry by (default localhost); more names or addresses of this
#         machine with commas between them: HOST=fuyuan.example,192.0.2.7
#   OUT:  where to write (default: here)
set -Eeuo pipefail
cd "${OUT:-$(dirname "${BASH_SOURCE[0]}")/..}"

HOST=${HOST:-localhost}
KEYS=.secrets
CA_DAYS=3650 DAYS=825 # most programs refuse a server's certificate of more than 825 days

say() { printf 'init: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

command -v openssl >/dev/null || die "openssl is needed: apt-get install openssl"
for made in .env "$KEYS"; do
  [ ! -e "$made" ] || die "$made is there already, and is not written over: cases, personal data and passwords" \
    "depend on it. To begin anew: docker compose down --volumes (this ends all data), then move .env and $KEYS away"
done
[[ $HOST =~ ^[A-Za-z0-9.:,-]+$ ]] || die "HOST must be names or addresses with commas between them, not: $HOST"

umask 077
draft=$(mktemp -d .init.XXXXXX) # moved into place when it is complete
trap 'rm -rf "$draft"' EXIT
hex() { openssl rand -hex "$1"; }

# Names of a certificate, as openssl wants them: an address is told by its digits or colons.
alternative_names() {
  local name all=
  for name in ${1//,/ }; do
    if [[ $name =~ ^[0-9.]+$ || $name == *:* ]]; then all+=,IP:$name; else all+=,DNS:$name; fi
  done
  printf '%s' "${all#,}"
}

certificate() { # NAME NAMES
  local at=$draft/$1
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 \
    -subj "/O=Fuyuan/CN=$1" -keyout "$at.key" -out "$at.csr" 2>/dev/null
  printf 'subjectAltName=%s\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' \
    "$(alternative_names "$2")" >"$at.ext"
  openssl x509 -req -in "$at.csr" -CA "$draft/ca.pem" -CAkey "$draft/ca.key" \
    -set_serial "0x$(hex 16)" -days $DAYS -sha256 -extfile "$at.ext" -out "$at.pem" 2>/dev/null
  rm "$at.csr" "$at.ext"
}

printf '[req]\ndistinguished_name=dn\nx509_extensions=ca\nprompt=no\n[dn]\nO=Fuyuan\nCN=Fuyuan private CA %s\n[ca]\nbasicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n' \
  "$(hex 4)" >"$draft/ca.cnf"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days $CA_DAYS \
  -config "$draft/ca.cnf" -keyout "$draft/ca.key" -out "$draft/ca.pem" 2>/dev/null
rm "$draft/ca.cnf"
certificate broker "rabbitmq,localhost,$HOST"
certificate database "mongo,localhost"
certificate entry "caddy,localhost,127.0.0.1,$HOST"
openssl rand -base64 756 >"$draft/database.keyfile"
chmod 644 "$draft/ca.pem"
chmod 755 "$draft" # the certificate is for everybody; the keys are not

cat >"$draft/env" <<END
# Made by make init on $(date -u +%F). For its owner's eyes only; keep a copy apart from the machine and its backups.
# Never changed: case ids, the keys of personal data and every password come from it.
FUYUAN_SECRET=$(hex 32)
BROKER_ADMIN_PASSWORD=$(hex 24)
DATABASE_ADMIN_PASSWORD=$(hex 24)
GRAFANA_ADMIN_PASSWORD=$(hex 12)
ENTRY_HOST=${HOST%%,*}
END
mv "$draft/env" .env
mv "$draft" $KEYS
trap - EXIT
say ".env: the secrets. $KEYS: the private CA (ca.pem is for everybody who connects; ca.key is needed only for" \
  "new certificates: keep it elsewhere) and the certificates of broker, database and entry, for $HOST"
