#!/bin/sh
# Prints one line about the first prerequisite that is missing, and the command that installs it; nothing if all are there.
# PYTHON names the interpreter (python3).
cd "$(dirname "$0")/.." || exit
python=${PYTHON:-python3}

lack() {
	echo "$1 is missing; install it: $2"
	exit 0
}

# newer HAVE WANT: is version HAVE at least WANT?
newer() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

want=$(sed -n 's/^go //p' go.mod)
archive=go$want.linux-$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/').tar.gz
have=$(go env GOVERSION 2>/dev/null | sed 's/^go//')
newer "${have:-0}" "$want" || lack "Go $want or newer (found: ${have:-none})" \
	"curl -fsSLO https://go.dev/dl/$archive && sudo rm -rf /usr/local/go && sudo tar -C /usr/local -xzf $archive && export PATH=/usr/local/go/bin:\$PATH"

have=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
newer "${have:-0}" 3.11 || lack "Python 3.11 or newer (found: ${have:-none})" \
	"sudo apt-get install -y python3.11 python3.11-venv, then make PYTHON=python3.11"
"$python" -c 'import venv, ensurepip' 2>/dev/null || lack "the venv module of Python $have" "sudo apt-get install -y python$have-venv"

echo '#include <stdlib.h>' | ${CC:-gcc} -E - >/dev/null 2>&1 || lack "gcc with the C library's headers" \
	"sudo apt-get install -y gcc libc6-dev"
