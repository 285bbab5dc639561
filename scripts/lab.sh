#!/bin/sh
# Starts JupyterLab on notebooks/: 127.0.0.1, a new token every time, the URL on the terminal. `make lab` calls it.
# PORT (8888, the next free one if taken); LAB_ROOT: a folder that holds notebooks/ (this repository). More options go to JupyterLab.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=${LAB_ROOT:-$(dirname -- "$here")}
[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || set -- --no-browser "$@"
[ "$(id -u)" != 0 ] || set -- --allow-root "$@"
cd "$root"
exec "$here/env.sh" python -m jupyterlab --ServerApp.root_dir="$root" --LabApp.default_url=/lab/tree/notebooks \
	--ServerApp.port="${PORT:-8888}" "$@"
