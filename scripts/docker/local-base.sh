#!/usr/bin/env bash
# Makes a base image out of this machine's own programs, for an engine that reaches no registry:
#
#   scripts/docker/local-base.sh [--image NAME] [--output FILE]
#
# NAME is cfn-base:local unless given. With --output the root file system is written to FILE as a tar, and no `docker`
# command is needed. NODE names another Node than the one on the PATH.
set -euo pipefail

image=cfn-base:local
output=
fail() {
  echo "local-base: $*" >&2
  exit 1
}
while [ $# -gt 0 ]; do
  case $1 in
    --image) image=${2:?--image takes a name}; shift 2 ;;
    --output) output=${2:?--output takes a file}; shift 2 ;;
    *) fail "there is no option $1; it takes --image NAME and --output FILE." ;;
  esac
done
[ "$(uname -s)" = Linux ] || fail "programs of $(uname -s) do not run in containers; make the image on a Linux."

# What an agent works with, and what our own programs call.
needed='bash git curl jq sqlite3 redis-cli ps
  awk basename cat chmod chown cmp cp cut date dd diff dirname du env expr false find getent grep gzip head hostname id
  install kill ln ls mkdir mktemp mv nl od paste printf pwd readlink realpath rm rmdir sed seq sh sha256sum sleep
  sort split stat tail tar tee test timeout touch tr true tty uname uniq wc which xargs yes'
# Welcome where they are.
wished='redis-server sqldiff less pgrep pkill patch file xz unzip openssl make'

missing=
for name in $needed; do
  command -v "$name" >/dev/null || missing="$missing $name"
done
[ -z "$missing" ] || fail "this machine lacks${missing}; install what brings them and run this again."
node=${NODE:-$(command -v node || true)}
[ -x "$node" ] || fail "this machine has no Node; install it, or name one in NODE."
# A shim of a version manager is a script; the image needs the program itself.
node=$("$node" -p process.execPath)

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{etc/ssl/certs,proc,sys,dev,run,tmp,root,workspace,home/agent,usr/{bin,lib,share}}
ln -s usr/bin "$root/bin"
ln -s usr/bin "$root/sbin"
ln -s usr/lib "$root/lib"
[ ! -e /lib64 ] || ln -s usr/lib64 "$root/lib64"
chmod 1777 "$root/tmp"

# The same place as here, but below /usr where the system's old folders are links to that.
place() {
  case $1 in
    /bin/* | /lib/* | /lib64/*) echo "$root/usr$1" ;;
    *) echo "$root$1" ;;
  esac
}
put() {
  local to
  to=$(place "$1")
  [ -e "$to" ] || { mkdir -p "${to%/*}" && cp -L "$1" "$to"; }
}
program() {
  local found
  found=$(type -P "$1") || return 0
  cp -L "$found" "$root/usr/bin/$1"
}
for name in $needed $wished; do program "$name"; done
cp -L "$node" "$root/usr/bin/node"

# git runs helpers from a folder of its own: itself under other names, scripts, and a few programs.
helpers=$(git --exec-path)
mkdir -p "$root$helpers"
for helper in "$helpers"/*; do
  name=${helper##*/}
  if [ "$helper" -ef "$(type -P git)" ] || [ "$helper" -ef "$helpers/git" ]; then
    ln -s /usr/bin/git "$root$helper"
  elif [[ $name == git-remote-http* || $name == git-sh-i18n--envsubst ]] ||
    { [ -f "$helper" ] && ! head -c 4 "$helper" | grep -q ELF; }; then
    cp -P "$helper" "$root$helper"
  fi
done
[ ! -d /usr/share/git-core ] || cp -r /usr/share/git-core "$root/usr/share/"

# What these programs load, and what the C library loads by itself to look up names.
# (Of scripts and static programs `ldd` says so, and fails.)
{ find "$root/usr/bin" "$root$helpers" -type f -print0 | xargs -0 -n 64 ldd 2>/dev/null || true; } |
  sed -n 's/^[^/]*\(\/[^ ]*\) (0x.*/\1/p' | sort -u >"$root/run/libraries"
while read -r library; do put "$library"; done <"$root/run/libraries"
libc=$(grep -m 1 '/libc\.so' "$root/run/libraries") || fail "the C library of this machine was not found."
for library in "${libc%/*}"/libnss_{files,dns}.so.2 "${libc%/*}"/libresolv.so.2; do
  [ ! -e "$library" ] || put "$library"
done
rm "$root/run/libraries"

for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem; do
  [ ! -e "$bundle" ] || { cp -L "$bundle" "$root/etc/ssl/certs/ca-certificates.crt" && break; }
done
[ ! -e /etc/protocols ] || cp -L /etc/protocols /etc/services "$root/etc/"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
printf 'root:x:0:0:root:/root:/bin/sh\nagent:x:1000:1000:agent:/home/agent:/bin/bash\n' >"$root/etc/passwd"
printf 'root:x:0:\nagent:x:1000:\n' >"$root/etc/group"

# Owners by number, so that it comes out the same whoever runs this.
pack() {
  tar -C "$root" --sort=name --numeric-owner --owner=0 --group=0 --exclude=./home/agent --exclude=./workspace \
    -cf "$1" .
  tar -C "$root" --numeric-owner --owner=1000 --group=1000 -rf "$1" ./home/agent ./workspace
}
if [ -n "$output" ]; then
  pack "$output"
  exit
fi
command -v docker >/dev/null || fail "there is no docker command; give --output FILE and import that."
archive=$(mktemp)
trap 'rm -rf "$root" "$archive"' EXIT
pack "$archive"
docker import "$archive" "$image" >/dev/null
echo "$image"
