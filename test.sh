#!/bin/sh
# Builds everything and runs all tests. Arguments go to `cargo test`.
set -eu
cd "$(dirname "$0")"
. .ci/prepare.sh
prepare make pulseaudio pactl alsa-to-pulse libespeak-ng libflite
# shellcheck disable=SC2086
exec cargo test $workspace "$@"
