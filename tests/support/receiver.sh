# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced. receiver_prepare BUILD_FOLDER: unpacks rsyslog, makes certificates for a receiver at 127.0.0.1 in a new folder
# (SEKISHO_RECEIVER_FOLDER, removed at the end), and tells the demo of it (SEKISHO_DEMO_CONF). The test starts it.

receiver_certificate() { # folder, name, subjectAltName
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" -keyout "$1/$2.key" -out "$1/$2.csr"
  openssl x509 -req -in "$1/$2.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" -CAcreateserial -days 2 \
    -extfile <(echo "subjectAltName=$3") -out "$1/$2.pem"
}

receiver_prepare() {
  local build=$1 folder
  (flock 9 && tests/support/unpack.sh "$build/peers/syslog" rsyslog rsyslog-openssl syslog-ng-core) 9>"$build/peers.lock"
  folder=$(mktemp -d /tmp/sekisho-receiver.XXXXXX)
  chmod 755 "$folder"
  trap 'rm -rf "$SEKISHO_RECEIVER_FOLDER"' EXIT
  {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=receivers \
      -keyout "$folder/ca.key" -out "$folder/ca.pem"
    receiver_certificate "$folder" receiver IP:127.0.0.1
    receiver_certificate "$folder" sender DNS:sekisho
  } 2>/dev/null
  export SEKISHO_RECEIVER_FOLDER=$folder SEKISHO_SYSLOG_PEERS=$PWD/$build/peers/syslog
  export SEKISHO_DEMO_CONF="${SEKISHO_DEMO_CONF:-}
syslog_server = \"127.0.0.1:6514\"
syslog_ca_file = \"$folder/ca.pem\"
syslog_certificate_file = \"$folder/sender.pem\"
syslog_key_file = \"$folder/sender.key\""
}
