#!/usr/bin/env bash
# Sets up the machine, builds, and does the main job once on an example study: with a display the studio opens on it,
# without one the same pipeline runs headless and prints where the pack, the report and the screenshots are.
#
#   scripts/demo.sh [--real PATH] [--headless] [--out FOLDER] [--draws N]
#
# --real PATH   your own data: a LeRobot folder, an image folder or a video. Without it a small stand-in set is rendered;
#               it is labelled STAND-IN everywhere, and a gate on it can never say ACCEPT.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
headless=0 out=worldproof-demo real="" draws=16
usage() { sed -n '2,10p' "$0" | sed 's/^# \{0,1\}//'; }
while [ $# -gt 0 ]; do
  case $1 in
    --real) real=${2:?--real wants a path}; shift 2 ;;
    --out) out=${2:?--out wants a folder}; shift 2 ;;
    --draws) draws=${2:?--draws wants a number}; shift 2 ;;
    --headless) headless=1; shift ;;
    -h | --help) usage; exit 0 ;;
    *) echo "demo: unknown option $1" >&2; usage >&2; exit 2 ;;
  esac
done
[ -z "$real" ] || [ -e "$real" ] || { echo "demo: there is nothing at $real; check the path" >&2; exit 2; }
[ -z "$real" ] || real=$(cd "$(dirname "$real")" && pwd)/$(basename "$real")
[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || headless=1

"$here/scripts/setup.sh"
[ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
# Without a login session the graphics driver complains on standard error about a missing folder.
export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$(mktemp -d)}
# Cargo itself says where the program is: the target folder may be set elsewhere.
worldproof=$(cd "$here" && cargo build --release --locked --message-format=json-render-diagnostics |
  sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
[ -x "$worldproof" ] || { echo "demo: the build gave no program" >&2; exit 1; }

study=$out/study
# What an earlier run left is kept under another name: it may hold work.
for old in "$study" "$out/screenshots"; do
  [ -e "$old" ] || continue
  whole=$(cd "$old" && pwd)
  case $real in "$whole" | "$whole"/*) echo "demo: --real lies in $old; choose another --out" >&2; exit 2 ;; esac
  n=1
  while [ -e "$old.old-$n" ]; do n=$((n + 1)); done
  mv -- "$old" "$old.old-$n"
  echo "demo: kept the earlier $old as $old.old-$n" >&2
done
mkdir -p "$out"
# The pipeline ends with the gate's verdict: 3 inconclusive, as it must be without a trial; 0 accepted once there is one.
code=0
"$worldproof" demo --out "$study" --draws "$draws" ${real:+--real "$real"} || code=$?
case $code in 0 | 3) ;; *) exit "$code" ;; esac

if [ "$headless" -eq 1 ]; then
  # Pictures of the real window on a display of its own.
  xvfb-run -a -s "-screen 0 1600x1000x24" "$worldproof" studio "$study" --tour "$out/screenshots"
  echo
  echo "pack:        $(ls -d "$study"/packs/*.pack)"
  echo "report:      $study/report.html"
  echo "screenshots: $out/screenshots"
else
  echo "opening the studio on $study"
  exec "$worldproof" studio "$study"
fi
