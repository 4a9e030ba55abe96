#!/bin/sh
# Asks the registry for the digest of each external image of compose.yaml, and prints lines for the
# file `.env` beside it: from then on nobody can replace an image.
#   ./pin-images.sh >> .env
# It needs docker with buildx, and the network.
set -eu
cd "$(dirname "$0")"

sed -n 's/.*\${\([A-Z]*_IMAGE\):-\(docker\.io\/[^}]*\)}.*/\1 \2/p' compose.yaml | sort -u |
    while read -r name image; do
        digest=$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$image")
        case $digest in
        sha256:????????????????????????????????????????????????????????????????) ;;
        *)
            echo "The registry gave no digest for $image: ${digest:-nothing}" >&2
            exit 1
            ;;
        esac
        echo "$name=$image@$digest"
    done
