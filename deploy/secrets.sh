#!/bin/sh
# Makes the secrets of compose.yaml in the folder `secrets` beside it, at random. It keeps existing
# ones: with another salt Stammkunde would no longer recognise erased customers. Only the owner can
# open the folder. Everybody may read the files in it, since compose mounts them as they are, and each
# image has a user of its own.
set -eu
cd "$(dirname "$0")"
umask 022

mkdir -p -m 0700 secrets
chmod 0700 secrets

chance() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

# Writes the whole secret or nothing: nobody would notice half a secret.
keep() {
    if [ ! -s "secrets/$1" ]; then
        cat > "secrets/$1.part"
        chmod 0444 "secrets/$1.part"
        mv -f "secrets/$1.part" "secrets/$1"
    fi
}

chance | keep erasure-salt
chance | keep valkey-password
password=$(cat secrets/valkey-password)
echo "requirepass $password" | keep valkey.conf
echo "redis://:$password@valkey:6379/0" | keep redis-url
