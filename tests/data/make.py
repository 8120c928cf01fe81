"""Makes the odd and the malformed files, and files.toml, which says what must come of them.

    python tests/data/make.py                needs numpy scipy==1.17.1 librosa==0.11.0 soundfile, and sox, flac, ffmpeg, lame
    python tests/data/make.py ask TOOL...    keeps the files, asks these tools anew: scipy librosa soundfile soundfile_int16
                                             soundfile_int32 torchaudio torchaudio_native tensorflow

The second form is for tools that do not live in one environment: torchaudio==2.8.0 with ffmpeg, tensorflow==2.21.0.

Every file holds a piece of the bundled speech, so that a wrong scale or a shifted sample is seen at once.
What is written by hand (riff.py) is exact; what an encoder wrote is compared with libsndfile's or ffmpeg's decoding.
"""

import hashlib
import pathlib
import resource
import signal
import sys
import tempfile
import warnings

import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import malformed  # noqa: E402
import opus  # noqa: E402
import wellformed  # noqa: E402

HERE = pathlib.Path(__file__).parent
FILES = HERE / "files"
SIZE_LIMIT = 20_000  # bytes: these are fixtures, not clips
SECONDS_LIMIT = 20  # a tool that hangs on a malformed file is recorded as such
MEMORY_LIMIT = 12 << 30  # and so is one that allocates what a header claims


def signed_hash(array):
    """Hash of an array's little-endian bytes in C order."""
    plain = np.ascontiguousarray(array)
    return hashlib.sha256(plain.astype(plain.dtype.newbyteorder("<")).tobytes()).hexdigest()


def quote(text):
    """A TOML basic string."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return '"' + "".join(c if c.isprintable() and ord(c) < 127 else "?" for c in text) + '"'


def field(key, value):
    """One line of TOML."""
    if isinstance(value, bool):
        return f"{key} = {str(value).lower()}\n"
    if isinstance(value, str):
        return f"{key} = {quote(value)}\n"
    return f"{key} = {value}\n"


class Timeout(Exception):
    """A tool took longer than SECONDS_LIMIT."""


def on_alarm(_signal, _frame):
    raise Timeout


def ask(tool, path):
    """What one library makes of a file: dtype, shape, rate and hash, or the error it raises."""
    signal.signal(signal.SIGALRM, on_alarm)
    signal.alarm(SECONDS_LIMIT)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rate, array = tool(path)
        native = array.dtype.newbyteorder("=").name
        return {"dtype": native, "shape": list(array.shape), "rate": rate, "sha256": signed_hash(array)}
    except Exception as error:  # every kind of failure is an answer here
        return {"error": type(error).__name__}
    finally:
        signal.alarm(0)


def with_scipy(path):
    import scipy.io.wavfile

    return scipy.io.wavfile.read(path)


def with_librosa(path):
    import librosa

    array, rate = librosa.load(path, sr=None, mono=True)
    return int(rate), array


def with_soundfile(path):
    import soundfile

    array, rate = soundfile.read(path)
    return rate, array


def with_soundfile_integers(dtype):
    def read(path):
        import soundfile

        array, rate = soundfile.read(path, dtype=dtype)
        return rate, array

    return read


def with_torchaudio(normalize):
    def read(path):
        import torchaudio

        array, rate = torchaudio.load(path, normalize=normalize, backend="ffmpeg")
        return rate, array.numpy()

    return read


def with_tensorflow(path):
    import tensorflow

    array, rate = tensorflow.audio.decode_wav(path.read_bytes())
    return int(rate), array.numpy()


TOOLS = {
    "scipy": with_scipy,
    "librosa": with_librosa,
    "soundfile": with_soundfile,
    "soundfile_int16": with_soundfile_integers("int16"),
    "soundfile_int32": with_soundfile_integers("int32"),
    "torchaudio": with_torchaudio(True),
    "torchaudio_native": with_torchaudio(False),
    "tensorflow": with_tensorflow,
}
ELSEWHERE = ("torchaudio", "torchaudio_native", "tensorflow")  # asked by a second call


def entry(case, path):
    """The rows of files.toml for one file."""
    lines = "\n[[file]]\n" + field("name", case.name) + field("about", case.about) + field("expect", case.expect)
    for key in ("findings", "rate", "channels", "samples", "samples_min", "tolerance"):
        value = getattr(case, key)
        if value is not None:
            lines += field(key, value)
    if case.truth is not None:
        lines += field("sha256", signed_hash(case.truth))
    if case.near is not None:
        target = HERE / "near" / f"{case.name}.npy"
        np.save(target, np.ascontiguousarray(case.near, dtype="<f4"))
        lines += field("near", f"near/{target.name}")
    for name in TOOLS:
        if name not in ELSEWHERE:
            lines += answer_line(name, path)
    return lines


def answer_line(name, path):
    """What the tool called `name` makes of a file, as a line of files.toml."""
    body = ", ".join(field(k, v).strip() for k, v in ask(TOOLS[name], path).items())
    return f"{name} = {{ {body} }}\n"


def ask_anew(names):
    """Puts the answers of these tools into files.toml, leaves all else as it is."""
    table = HERE / "files.toml"
    head, *rows = table.read_text().split("\n[[file]]\n")
    made = head
    for row in rows:
        lines = [line for line in row.splitlines(keepends=True) if line.split(" = ")[0] not in names]
        name = next(line for line in lines if line.startswith("name = ")).split('"')[1]
        answers = "".join(answer_line(tool, FILES / name) for tool in names)
        made += "\n[[file]]\n" + "".join(lines).rstrip("\n") + "\n" + answers
    table.write_text(made)


def header():
    import librosa
    import scipy
    import soundfile

    return (
        "# Made by make.py; do not edit. README.md explains the fields.\n"
        f"# numpy {np.__version__}, scipy {scipy.__version__}, librosa {librosa.__version__}, "
        f"soundfile {soundfile.__version__} ({soundfile.__libsndfile_version__})\n"
    )


def main():
    if sys.argv[1:2] == ["ask"]:
        return ask_anew(sys.argv[2:])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    for folder in (FILES, HERE / "near"):
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
    rows = header()
    with tempfile.TemporaryDirectory() as scratch:
        made = [part(pathlib.Path(scratch)) for part in (wellformed.cases, opus.wellformed, malformed.cases, opus.malformed)]
    cases = sum(made, [])
    for case in cases:
        assert len(case.content) <= SIZE_LIMIT, (case.name, len(case.content))
        path = FILES / case.name
        path.write_bytes(case.content)
        rows += entry(case, path)
    (HERE / "files.toml").write_text(rows)
    print(f"{len(cases)} files, {sum(len(c.content) for c in cases)} bytes")


if __name__ == "__main__":
    main()
