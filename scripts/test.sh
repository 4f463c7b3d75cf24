#!/usr/bin/env bash
# Sets up the machine and runs every test. Real recordings are used where they lie beside the repository
# (`../shared/real`, or WORLDPROOF_REAL=FOLDER); tests that want them say so and pass over otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
[ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
# Without a login session the graphics driver complains on standard error about a missing folder.
export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$(mktemp -d)}
# The release profile serves tests, demo and users: the dependencies compile once.
exec cargo test --release --locked "$@"
