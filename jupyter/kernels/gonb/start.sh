#!/bin/sh
# Starts the Go kernel in the notebook's folder, so that cells import the module around it (this repository's if there is none)
# at the versions of its go.mod. bin/go keeps cells from running `go get`, bin/cell-cc the linker from asking the C compiler again.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
repository=$(CDPATH= cd -- "$here/../../.." && pwd)
PATH="$repository/.bin:$PATH"

mod=$(go env GOMOD)
case "$mod" in "" | /dev/null) module=$repository ;; *) module=$(dirname -- "$mod") ;; esac
export GONB_REAL_GO="$(command -v go)"
GONB_REAL_CC=$(go env CC)
export GONB_REAL_CC GONB_CC_ANSWERS="$repository/.cache/cell-cc/$($GONB_REAL_CC -dumpfullversion -dumpversion 2>/dev/null || echo unknown)"
export GOFLAGS="${GOFLAGS:+$GOFLAGS }'-ldflags=-w -s -extld=cell-cc'" # without debug information a cell links in half the time
export PATH="$here/bin:$PATH"
exec gonb --kernel "$1" "-go_work=$module" -logtostderr=false -stderrthreshold=FATAL -log_file=/dev/null ${CI:+-raw_error=true}
