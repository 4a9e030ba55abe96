#!/bin/sh
# Makes the secrets of compose.yaml in the folder `secrets` beside it, each from chance. What is
# there already is kept: with another salt nobody who was erased would be known any more.
# Only the owner can open the folder. The files in it can be read by all, since they are mounted as
# they are, and each image has a user of its own.
set -eu
cd "$(dirname "$0")"
umask 022

mkdir -p -m 0700 secrets
chmod 0700 secrets

chance() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

# Written whole or not at all: half a secret would be taken for one.
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
