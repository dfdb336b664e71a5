#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# First start only: people, groups, one workflow, one target group, the demo target with two
# accounts, and their gateway. No default passwords: each person gets a one-time enrolment link,
# and the accounts' random passwords go to the vault and to the target's shadow file, nowhere else.
set -euo pipefail
bin=$1 var=$2
. packaging/demo/site.sh
say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
site_probe >/dev/null
site=$var/site
ctl() { "$bin/sekishoctl" --socket "$var/data/run/ctl.sock" "$@"; }
op() { ctl op "$@"; }
id_of() { sed -n 's/^id=//p'; }

[ ! -e "$var/seeded" ] || exit 0
say "Seeding the demo (people, workflow, target, gateway)"

person() { # login, display name, roles, groups
  local id
  id=$(op users.create login="$1" display_name="$2" language=ja | id_of)
  op users.roles --if-match=1 id="$id" roles="$3" >/dev/null
  printf '%s\n' "$id" >"$var/.user-$1"
  printf '%-8s %-24s %s\n' "$1" "$2" "$(op users.link id="$id" | sed -n 's/^url=//p')" >>"$var/links.txt.new"
}

rm -f "$var/links.txt.new"
(umask 077 && : >"$var/links.txt.new") # each link is as good as a password
person admin '管理 花子（管理者）' administrator,gateway_operator
person suzuki '鈴木 一郎（承認者）' approver
person tanaka '田中 太郎（利用者）' user
person yamada '山田 良子（利用者）' user
person sato '佐藤 実（監査者）' auditor

operators=$(op groups.create name='運用チーム' description='サーバ運用の担当者' | id_of)
approvers=$(op groups.create name='承認チーム' description='特権ID利用の承認者' | id_of)
op groups.members --if-match=1 id="$operators" user_ids="$(cat "$var/.user-tanaka"),$(cat "$var/.user-yamada")" >/dev/null
op groups.members --if-match=1 id="$approvers" user_ids="$(cat "$var/.user-suzuki")" >/dev/null
rm -f "$var"/.user-*

workflow=$(op workflows.create name='標準承認' description='承認チームの1名が承認' ticket_required=true \
  max_minutes=480 stages="$approvers:1" | id_of)
gateway_group=$(op gateway_groups.create name='本社' description='デモ拠点' | id_of)
gateway=$(op gateways.create name='hq-gw-01' group_id="$gateway_group" | id_of)
target_group=$(op target_groups.create name='Linuxサーバ' description='デモ拠点のサーバ' | id_of)
target=$(op targets.create name='web-01' kind=linux_ssh description='デモ拠点のWebサーバ' \
  group_id="$target_group" gateway_group_id="$gateway_group" port="$SITE_TARGET_PORT" \
  addresses="$SITE_TARGET_ADDRESS" | id_of)
op rules.create name='運用チームはLinuxサーバを利用できる' effect=allow user_group_id="$operators" \
  target_group_id="$target_group" account_pattern='*' workflow_id="$workflow" >/dev/null

site_files "$site"
account() { # name, concurrent; the password is made, stored and forgotten here
  local id password
  id=$(op accounts.create id="$target" name="$1" description="$2" lendable=true concurrent="$3" | id_of)
  password=$(openssl rand -base64 24)
  printf '%s' "$password" | op accounts.secret id="$id" kind=password --secret-stdin >/dev/null
  printf '%s' "$password" | openssl passwd -6 -stdin
}
key_account() {
  local id
  id=$(op accounts.create id="$target" name="$1" description="$2" lendable=true concurrent="$3" | id_of)
  rm -f "$site/key" "$site/key.pub"
  ssh-keygen -q -t ed25519 -N '' -f "$site/key"
  op accounts.secret id="$id" kind=ssh_key --secret-stdin <"$site/key" >/dev/null
  cat "$site/key.pub" >>"$site/etc/authorized_keys"
  rm -f "$site/key" "$site/key.pub"
}
umask 077
if [ "$SITE_MODE" = namespace ]; then
  root_hash=$(account root '管理者' false)
  ops_hash=$(account ops '運用' true)
  grep -E '^(sshd|nobody):' /etc/passwd >"$site/etc/passwd"
  printf 'root:x:0:0:root:/root:/bin/bash\nops:x:61501:61501:ops:%s/home/ops:/bin/bash\n' "$site" >>"$site/etc/passwd"
  grep -E '^(root|tty|utmp|nogroup):' /etc/group >"$site/etc/group"
  echo 'ops:x:61501:' >>"$site/etc/group"
  printf 'root:%s:20000:0:99999:7:::\nops:%s:20000:0:99999:7:::\n' "$root_hash" "$ops_hash" >"$site/etc/shadow"
  chmod 644 "$site/etc/passwd" "$site/etc/group"
  chmod 600 "$site/etc/shadow"
  chown -R 61501:61501 "$site/home/ops"
else
  key_account "$SITE_ACCOUNT" 'このコンピュータの利用者' true
fi

mkdir -p "$site/gateway"
op gateways.token id="$gateway" >"$site/gateway/reply"
sed -n 's/^token=//p' "$site/gateway/reply" >"$site/gateway/token"
sed -n 's/^ca_sha256=//p' "$site/gateway/reply" >"$site/gateway/ca-sha256"
rm -f "$site/gateway/reply"
printf '%s:%s\n' "$SITE_SERVER_ADDRESS" "$(sed -n 's/^listen_port = //p' "$var/sekisho.conf")" >"$site/gateway/server"
ctl ca >"$var/ca.pem"
chmod 644 "$var/ca.pem"
mv "$var/links.txt.new" "$var/links.txt"
touch "$var/seeded"
