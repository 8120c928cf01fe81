#!/bin/sh
# Draws the pictures in README.md, app/picture/*.png: the workbench in kitty, on a screen that nobody sees.
#
#   app/picture/make.sh [PROGRAM]        PROGRAM: target/release/auricle
#
# Lanes are pixels there, as in any terminal with Kitty's graphics, Sixel or iTerm2's images; `--pictures cells` draws them in letters.
# Where a sound server runs, the header says so. Needs Xvfb, kitty, xdotool, ImageMagick and the font DejaVu Sans Mono; on Debian
#   apt-get install xvfb kitty libgl1-mesa-dri xdotool imagemagick fonts-dejavu-core
set -eu
cd "$(dirname "$0")/../.."
program=$(realpath "${1:-target/release/auricle}")
work=$(mktemp -d)
screen='' terminal=''
trap 'kill $terminal $screen 2>/dev/null || true; rm -rf "$work"' EXIT

Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp 3>"$work/display" 2>/dev/null &
screen=$!
until [ -s "$work/display" ]; do sleep 0.1; done
DISPLAY=":$(cat "$work/display")"
export DISPLAY LIBGL_ALWAYS_SOFTWARE=1
unset NO_COLOR WAYLAND_DISPLAY TMUX XDG_CONFIG_HOME XDG_STATE_HOME || true
# Neither keys and themes of a user nor what somebody opened before.
export HOME="$work"

# picture NAME THEME SESSION KEYS...: what the screen shows after the keys.
picture() {
  name=$1 theme=$2 session=$3
  shift 3
  paper='#101216' ink='#d4d4d4'
  if [ "$theme" = light ]; then paper='#fcfcfa' ink='#202228'; fi
  kitty --config NONE -o font_family='DejaVu Sans Mono' -o font_size=11 -o background="$paper" -o foreground="$ink" \
    -o remember_window_size=no -o initial_window_width=120c -o initial_window_height=36c -o confirm_os_window_close=0 \
    -o update_check_interval=0 -o cursor_blink_interval=0 \
    "$program" --theme "$theme" "$session" >"$work/kitty.log" 2>&1 &
  terminal=$!
  sleep 8
  for key in "$@"; do
    xdotool key --clearmodifiers "$key"
    sleep 0.4
  done
  sleep 3
  import -window root "$work/screen.png"
  convert "$work/screen.png" -trim +repage -bordercolor "$paper" -border 8 -dither None -colors 160 -strip PNG8:"$work/small.png"
  mv "$work/small.png" "app/picture/$name.png"
  kill "$terminal"
  wait "$terminal" 2>/dev/null || true
}

# To the mel spectrogram of Tacotron 2, the cursor into a vowel; then to its parameters.
for theme in dark light; do
  picture "workbench-$theme" "$theme" sessions/tacotron2-and-librosa.toml \
    1 Down 3 period greater greater greater k k k k k k 2
done
# What can come after it.
picture stages dark sessions/tacotron2-and-librosa.toml 1 Home a m e l
