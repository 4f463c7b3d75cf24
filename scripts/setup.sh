#!/usr/bin/env bash
# Installs what a bare Debian or Ubuntu machine lacks to build, run and test Worldproof. Safe to run again: what is
# there already is left alone. Other systems: install the same things by their own names, then run cargo as usual.
set -euo pipefail

packages=(
  ca-certificates curl git                # to fetch Rust and the crates
  build-essential pkg-config nasm         # C++ for the H.264 decoder, assembly for the AV1 decoder
  libvulkan1                              # the Vulkan loader that wgpu opens
  mesa-vulkan-drivers                     # a driver for Intel and AMD cards, and lavapipe where there is no GPU
  libx11-6 libx11-xcb1 libxcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon0 libxkbcommon-x11-0 # the window on X11
  libwayland-client0 libwayland-cursor0   # the window on Wayland
  libgl1 libegl1                          # asked for by window systems even when Vulkan draws
  zenity                                  # file dialogs where no desktop portal runs
  xvfb xauth                              # a display for the headless demo
)
# Only the test that works the comparison's page in a browser wants these: WORLDPROOF_BROWSER=must, as .ci/run has it.
[ "${WORLDPROOF_BROWSER:-}" != must ] || packages+=(chromium chromium-driver python3)

missing_packages() {
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || echo "$package"
  done
}

install_packages() {
  command -v apt-get >/dev/null || { echo "setup: no apt-get here; install by hand: ${packages[*]}" >&2; return 0; }
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" -eq 0 ] && return 0
  echo "setup: installing ${missing[*]}" >&2
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# The version that Cargo.toml asks for, or newer.
install_rust() {
  [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
  local wanted have
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$(dirname "$0")/../Cargo.toml")
  have=$(rustc --version 2>/dev/null | cut -d' ' -f2 || true)
  if [ -n "$have" ] && [ "$(printf '%s\n%s\n' "$wanted" "$have" | sort -V | head -1)" = "$wanted" ]; then return 0; fi
  echo "setup: installing Rust (found: ${have:-none}, wanted: $wanted or newer)" >&2
  if command -v rustup >/dev/null; then
    rustup toolchain install stable --profile minimal -c clippy -c rustfmt >&2 && rustup default stable >&2
  else
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c clippy -c rustfmt >&2
  fi
}

install_packages
install_rust
