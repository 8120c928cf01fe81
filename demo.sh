#!/bin/sh
# Builds auricle and opens its demo on the bundled recordings. Arguments go to `auricle demo`.
set -eu
cd "$(dirname "$0")"
. .ci/prepare.sh
prepare
# shellcheck disable=SC2086
cargo build --release $workspace
exec cargo run --release --quiet -- demo "$@"
