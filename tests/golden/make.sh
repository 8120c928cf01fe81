#!/bin/sh
# Makes the reference arrays anew from the tools in requirements-*.txt: tests/golden/make.sh [FAMILY ...]
# Needs Python 3.11 or later with venv, and the network or $PIP_FIND_LINKS; the environments stay in target/golden.
set -e
here=$(cd "$(dirname "$0")" && pwd)
for environment in torch tensorflow; do
    home=$here/../../target/golden/$environment
    if [ ! -x "$home/bin/python" ]; then
        python3 -m venv "$home"
        "$home/bin/pip" install --quiet --requirement "$here/requirements-$environment.txt"
        # NVIDIA's package asks for a TensorFlow of its time, which none of its files that are wanted here imports.
        [ "$environment" = tensorflow ] || "$home/bin/pip" install --quiet --no-deps tacotron2==22.12.28
    fi
    "$home/bin/python" "$here/make.py" "$environment" "$@"
done
