#!/bin/sh
# Runs a command with this repository's tools, kernel and Jupyter folders: scripts/env.sh jupyter kernelspec list
# Nothing is written under HOME but by the go command itself: the caches of gopls, goimports and staticcheck move to .cache.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
export PATH="$root/.venv/bin:$root/.bin:$PATH"
export JUPYTER_PATH="$root/jupyter" JUPYTER_CONFIG_PATH="$root/jupyter/config"
export JUPYTER_CONFIG_DIR="$root/.jupyter/config" JUPYTER_DATA_DIR="$root/.jupyter/data" JUPYTER_RUNTIME_DIR="$root/.jupyter/runtime"
export IPYTHONDIR="$root/.jupyter/ipython" PYTHONNOUSERSITE=1
GOCACHE=$(go env GOCACHE)
export GOCACHE XDG_CACHE_HOME="$root/.cache"
mkdir -p "$root/.jupyter/ipython"
exec "$@"
