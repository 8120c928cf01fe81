# Sourced by demo.sh, test.sh and .ci/run: looks for what the build needs and installs it where that is possible.
# Sets $workspace, the packages that cargo can build here: all of them, or all but the sound device.

oldest_rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

say() { printf '%s\n' "$*" >&2; }

# have WHAT: is it there?
have() {
    case $1 in
        cc | make | pkg-config | pulseaudio | pactl | parec) command -v "$1" ;;
        alsa-headers) command -v pkg-config && pkg-config --exists alsa ;;
        alsa-to-pulse) find /usr/lib* -name 'libasound_module_pcm_pulse.so' | grep . ;;
        libsoxr) PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep 'libsoxr\.so\.0' ;;
        libopus) PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep 'libopus\.so\.0' ;;
        libespeak-ng) PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep 'libespeak-ng\.so\.1' ;;
        libflite) PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep 'libflite_cmu_us_slt\.so\.1' ;;
    esac >/dev/null 2>&1
}

# debian WHAT, fedora WHAT: the package that brings it.
debian() {
    case $1 in
        cc) echo gcc libc6-dev ;;
        alsa-headers) echo libasound2-dev ;;
        alsa-to-pulse) echo libasound2-plugins ;;
        libsoxr) echo libsoxr0 ;;
        libopus) echo libopus0 ;;
        libespeak-ng) echo libespeak-ng1 ;;
        libflite) echo libflite1 ;;
        pactl | parec) echo pulseaudio-utils ;;
        *) echo "$1" ;;
    esac
}
fedora() {
    case $1 in
        cc) echo gcc ;;
        pkg-config) echo pkgconf-pkg-config ;;
        alsa-headers) echo alsa-lib-devel ;;
        alsa-to-pulse) echo alsa-plugins-pulseaudio ;;
        libsoxr) echo soxr ;;
        libopus) echo opus ;;
        libespeak-ng) echo espeak-ng ;;
        libflite) echo flite ;;
        pactl | parec) echo pulseaudio-utils ;;
        *) echo "$1" ;;
    esac
}

# as_root COMMAND...: fails where neither root nor a sudo without a password is to be had.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi
}

missing() { for what in "$@"; do have "$what" || printf '%s ' "$what"; done; }

# install_packages WHAT...: tries the system's package manager; says what to type where it may not.
install_packages() {
    packages=''
    if command -v apt-get >/dev/null; then
        for what in "$@"; do packages="$packages $(debian "$what")"; done
        say "auricle: installing$packages"
        # shellcheck disable=SC2086
        as_root sh -c "export DEBIAN_FRONTEND=noninteractive; apt-get -q update && apt-get -qy install --no-install-recommends $packages" >&2 && return
        say "auricle: could not. Please run: sudo apt-get install$packages"
    elif command -v dnf >/dev/null; then
        for what in "$@"; do packages="$packages $(fedora "$what")"; done
        say "auricle: installing$packages"
        # shellcheck disable=SC2086
        as_root dnf -qy install $packages >&2 && return
        say "auricle: could not. Please run: sudo dnf install$packages"
    else
        say "auricle: please install: $*"
    fi
    return 1
}

# prepare WHAT...: needs beside the build's own. Only a missing compiler or an old cargo ends it.
prepare() {
    rust=$(cargo --version | sed 's/^cargo \([0-9]*\.[0-9]*\).*/\1/')
    if [ "$(printf '%s\n' "$oldest_rust" "$rust" | sort -V | head -n 1)" != "$oldest_rust" ]; then
        say "auricle: needs Rust $oldest_rust or newer, this is $rust. With rustup: rustup update stable. Without: https://rustup.rs"
        exit 2
    fi
    wanted=$(missing cc pkg-config alsa-headers libsoxr libopus "$@")
    # shellcheck disable=SC2086
    [ -z "$wanted" ] || install_packages $wanted || say "auricle: going on without: $wanted"
    have cc || { say "auricle: nothing can be built without a C compiler and linker"; exit 2; }
    workspace='--workspace'
    have alsa-headers || {
        say "auricle: building without sound"
        workspace="$workspace --exclude auricle-device"
    }
}
