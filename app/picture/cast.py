#!/usr/bin/env python3
"""Records app/picture/tour.cast, which README.md links: a real run of the workbench on a bundled session.

   app/picture/cast.py [PROGRAM]        PROGRAM: target/release/auricle

The file is an asciicast, version 2 (docs.asciinema.org/manual/asciicast/v2); `asciinema play app/picture/tour.cast` shows
it. Needs Python alone. Keys are pressed after the seconds that stand before them."""
import fcntl, json, os, pty, select, shutil, struct, sys, tempfile, termios, time

WIDTH, HEIGHT = 80, 24
SESSION = "sessions/tacotron2-and-librosa.toml"
ENTER, ESCAPE, DOWN = "\r", "\x1b", "\x1b[B"
# To the mel of Tacotron 2, into a vowel, closer; then librosa's beside it, in turn, and what differs.
KEYS = [
    (3.0, "1"), (0.6, DOWN), (0.8, "3"), (0.8, ">"), (0.4, ">"), (0.4, "k"), (1.0, "k"),
    (1.0, "c"), (1.0, "\x1ba"), (1.2, "1"), (0.4, DOWN), (0.3, DOWN), (0.3, DOWN), (0.3, DOWN), (0.8, "3"), (0.8, "\x1bb"), (2.0, "b"), (1.0, "b"),
    (1.2, ESCAPE), (0.8, "B"), (4.0, "Z"), (2.5, "?"), (2.0, ESCAPE), (0.8, "q"),
]
# Frames this close together are one event.
TOGETHER = 0.02


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    program = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "target/release/auricle")
    home = tempfile.mkdtemp()
    child, terminal = pty.fork()
    if child == 0:
        environment = {"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8"}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "AURICLE_DEVICE": "none"}
        os.execve(program, [program, "--theme", "dark", "--pictures", "cells", SESSION], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
    events, keys, began = [], list(KEYS), time.monotonic()
    due = began + keys[0][0]
    while True:
        now = time.monotonic()
        if keys and now >= due:
            os.write(terminal, keys.pop(0)[1].encode())
            due = now + (keys[0][0] if keys else 0.0)
        wait = max(0.0, min(due - now, 0.1)) if keys else 0.1
        if not select.select([terminal], [], [], wait)[0]:
            continue
        try:
            output = os.read(terminal, 1 << 16)
        except OSError:
            output = b""
        if not output:
            break
        at = time.monotonic() - began
        if events and at - events[-1][0] < TOGETHER:
            events[-1][1] += output
        else:
            events.append([at, output])
    os.waitpid(child, 0)
    shutil.rmtree(home)
    header = {"version": 2, "width": WIDTH, "height": HEIGHT, "title": "auricle: two mels of one clip", "idle_time_limit": 3}
    with open("app/picture/tour.cast", "w") as file:
        print(json.dumps(header), file=file)
        rest = b""
        for at, output in events:
            # A letter may lie on the edge of two reads.
            text, rest = whole(rest + output)
            print(json.dumps([round(at, 3), "o", text], ensure_ascii=False, separators=(",", ":")), file=file)


def whole(data):
    for cut in range(4):
        try:
            return data[:len(data) - cut].decode(), data[len(data) - cut:]
        except UnicodeDecodeError:
            pass
    return data.decode(errors="replace"), b""


main()
