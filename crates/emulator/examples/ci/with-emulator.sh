#!/bin/sh
# Runs a command, such as the tests of your program, with an offline Google in the place of the real one:
#     with-emulator.sh node --test
set -eu
folder=$(mktemp -d)
hallpass emulator --listen 127.0.0.1:0 --proxy 127.0.0.1:0 --dir "$folder" \
    --approve ada@example.com > "$folder/ready.json" &
emulator=$!
trap 'kill "$emulator"; rm -rf "$folder"' EXIT
until [ -s "$folder/ready.json" ]; do sleep 0.05; done

. "$folder/env.sh"                              # proxy, CA files and a place for sign-ins, for clients of any language
export BROWSER='curl -sLo /dev/null %s &'       # a browser that agrees to everything
hallpass login --client-id-file "$folder/client_secret.json" --quota-project demo-project

"$@"
