#!/bin/sh
# Installs hallpass @VERSION@ for you alone: sh install.sh [FOLDER], else into ~/.local/bin.
# The archive is checked against SHA256SUMS before anything is put there, and the program is put there whole.
set -eu

address=${HALLPASS_RELEASE_URL:-@ADDRESS@}
folder=${1:-$HOME/.local/bin}

fail() { # what happened, why, what to do
    printf 'error: %s\n' "$1" >&2
    [ -z "${2-}" ] || printf '  caused by: %s\n' "$2" >&2
    [ -z "${3-}" ] || printf 'hint: %s\n' "$3" >&2
    exit 1
}

case "$(uname -s) $(uname -m)" in
    'Linux x86_64' | 'Linux amd64') triple=x86_64-unknown-linux-musl ;;
    'Linux aarch64' | 'Linux arm64') triple=aarch64-unknown-linux-musl ;;
    'Darwin x86_64') triple=x86_64-apple-darwin ;;
    'Darwin arm64') triple=aarch64-apple-darwin ;;
    *) fail "there is no program for $(uname -s) on $(uname -m)" '' 'build it with `cargo install --locked hallpass-cli`' ;;
esac
name=hallpass-@VERSION@-$triple

mkdir -p "$folder" 2>/dev/null || fail "cannot install into \`$folder\`" 'the folder cannot be made' \
    'name another folder: `sh install.sh FOLDER`'
[ ! -d "$folder/hallpass" ] || fail "cannot install into \`$folder\`" "a folder is there with the program's name" \
    'name another folder: `sh install.sh FOLDER`'
# In the folder itself: a rename there is whole, and a folder without permission is found before the download.
work=$(mktemp -d "$folder/.hallpass-install-XXXXXX" 2>/dev/null) || fail "cannot install into \`$folder\`" \
    'no permission to write there' 'name another folder: `sh install.sh FOLDER`'
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

fetch() {
    if command -v curl >/dev/null 2>&1; then
        curl --fail --location --silent --show-error --output "$work/$1" "$address/$1"
    elif command -v wget >/dev/null 2>&1; then
        wget --quiet --output-document="$work/$1" "$address/$1"
    else
        fail 'cannot download' 'curl and wget are not here' 'install curl'
    fi || fail "cannot download \`$address/$1\`"
}

checksum() {
    if command -v sha256sum >/dev/null 2>&1; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

fetch SHA256SUMS
fetch "$name.tar.gz"
wanted=$(sed -n "s/^\([0-9a-f]\{64\}\)  $name\.tar\.gz\$/\1/p" "$work/SHA256SUMS")
[ -n "$wanted" ] || fail "\`$name.tar.gz\` is not in SHA256SUMS" '' 'look for a release with your platform'
found=$(checksum "$work/$name.tar.gz")
[ "$wanted" = "$found" ] || fail "\`$name.tar.gz\` is not the file of the release; nothing is installed" \
    "its checksum is $found, not $wanted" 'download again; if it stays so, report it'
tar -xzf "$work/$name.tar.gz" -C "$work"
"$work/$name/hallpass" --version >/dev/null 2>&1 || fail 'the program does not run here; nothing is installed'
mv -f "$work/$name/hallpass" "$folder/hallpass"
printf 'installed: %s\n' "$folder/hallpass"
case ":$PATH:" in
    *":$folder:"*) printf 'next: hallpass demo\n' ;;
    *) printf 'next: %s/hallpass demo\nnote: %s is not in PATH\n' "$folder" "$folder" ;;
esac
