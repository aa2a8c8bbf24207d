#!/usr/bin/env bash
# Builds the image of agents with the `docker` command: scripts/docker/build-from-linux.sh [BASE]
#
# The same as `cfn image build`, for machines that have the engine and not yet `cfn`. IMAGE_NAME and DOCKERFILE may be set.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
DOCKERFILE=${DOCKERFILE:-docker/Dockerfile.agent}
IMAGE_NAME=${IMAGE_NAME:-cfn-agent}
fail() {
  echo "build-from-linux: $*" >&2
  exit 1
}
refuse_windows() {
  fail "$root is on a Windows drive, where a build takes many times as long; clone the project into the Linux file system, such as ~/src, and run this there."
}
case $root in /mnt/[a-z] | /mnt/[a-z]/*) refuse_windows ;; esac
case $(stat -f -c %T "$root" 2>/dev/null || true) in 9p | v9fs | drvfs) refuse_windows ;; esac

cd "$root"
[ -f "$DOCKERFILE" ] || fail "there is no $root/$DOCKERFILE."
command -v docker >/dev/null || fail "there is no docker command on the PATH."
if command -v sha256sum >/dev/null; then sum=sha256sum; else sum='shasum -a 256'; fi
version=$($sum <"$DOCKERFILE" | cut -c 1-12)
labels=(--label "cfn.image.version=$version" --label "cfn.image.name=$IMAGE_NAME:latest")
arguments=()
if [ $# -gt 0 ]; then
  arguments=(--build-arg "BASE=$1")
  labels+=(--label "cfn.image.base=$1")
fi
docker build --tag "$IMAGE_NAME:latest" "${labels[@]}" ${arguments[@]+"${arguments[@]}"} - <"$DOCKERFILE"
