"""Runs `go test -json` and prints what `go test` would; with CI set, a skipped test is a failure.

Usage: python tests/ci/gotest.py [go test's arguments]
"""

import json
import os
import subprocess
import sys
from collections import defaultdict


def in_ci(environment=os.environ):
    """Whether CI is set to anything but 0 or false."""
    return environment.get("CI", "").lower() not in ("", "0", "false")


def report(lines, write):
    """Passes the readable part of go test's JSON lines on to write; returns the tests that were skipped."""
    skipped = []
    pending = defaultdict(list)  # what a test has printed, until we know whether anybody wants to see it
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            write(line)
            continue
        action, output = event.get("Action"), event.get("Output", "")
        test = (event.get("Package"), event.get("Test"))
        if test[1] is None:
            if output.strip() != "PASS":
                write(output)
        elif action == "output":
            pending[test].append(output)
        elif action in ("pass", "fail", "skip"):
            printed = pending.pop(test, [])
            if action != "pass":
                write("".join(printed))
            if action == "skip":
                skipped.append(".".join(test))
    for printed in pending.values():  # of tests that never ended
        write("".join(printed))
    return skipped


def main():
    """Returns go test's exit status, or 1 for a skip in CI."""
    command = ["go", "test", "-json", *sys.argv[1:]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as tests:
        skipped = report(tests.stdout, lambda text: print(text, end="", flush=True))
    if skipped and in_ci():
        print(f"FAIL: {len(skipped)} skipped, which CI does not accept: {', '.join(skipped)}")
        return 1
    return tests.returncode


if __name__ == "__main__":
    sys.exit(main())
