#!/usr/bin/env bash
# Build the container image without an engine and without an image registry, and try it.
#
#   sudo scripts/build_image.sh            build localhost/cohort and run `cohort check` and `cohort try` in it
#
# Needs root, Debian's packages `buildah` and `debootstrap`, and the network of the package registries alone.
# With Docker none of this is needed: docker build -t cohort .
set -euo pipefail
cd "$(dirname "$0")/.."

for program in buildah debootstrap; do
    command -v "$program" >/dev/null || { echo "Missing: apt-get install buildah debootstrap"; exit 1; }
done

export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
base=localhost/cohort-base
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
    debootstrap --variant=minbase --include=ca-certificates bookworm "$work/root" >"$work/debootstrap.log" \
        || { tail -n 20 "$work/debootstrap.log"; exit 1; }
    rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
    # A machine behind a proxy of its own has certificates that the image must trust while it is built.
    cp /etc/ssl/certs/ca-certificates.crt "$work/root/etc/ssl/certs/ca-certificates.crt"
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$work/root" / >/dev/null
    buildah config --cmd '["/bin/sh"]' "$container"
    buildah commit --quiet --rm "$container" "$base" >/dev/null
fi

buildah build --quiet --format docker --build-arg BASE="$base" --tag localhost/cohort . >/dev/null
echo built localhost/cohort

container=$(buildah from localhost/cohort)
finish() { buildah rm "$container" >/dev/null; rm -rf "$work"; }
trap finish EXIT
run() { buildah run "$container" -- "$@"; }

echo "--- cohort version"
run cohort version
echo "--- cohort check (the faults of a machine without a token are expected)"
run cohort check && { echo "cohort check found nothing missing, without a token?"; exit 1; } || true
echo "--- cohort try"
run timeout 60 cohort try --port 8799 >"$work/try.log" 2>&1 &
for _ in $(seq 60); do
    if curl --silent --fail --noproxy '*' http://127.0.0.1:8799/tryout/state >"$work/state.json"; then break; fi
    sleep 1
done
grep --quiet '"rooms"' "$work/state.json" || { cat "$work/try.log"; exit 1; }
echo "the try-out answers"
