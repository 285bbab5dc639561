"""How a peer takes turns with jem: it says who it is, and answers every line on its input, a number n, with n times."""

import json
import resource
import sys
import time


def peak_bytes():
    """The most memory that this process held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def serve(name, round_of):
    """Serves until the input ends. round_of(n) returns the seconds of n repetitions."""
    print(json.dumps({"name": name}), flush=True)
    for line in sys.stdin:
        seconds = round_of(int(line))
        print(json.dumps({"seconds": seconds, "peak_bytes": peak_bytes()}), flush=True)


def serve_calls(name, call):
    """Serves a function that returns when its work is done."""
    def round_of(n):
        seconds = []
        for _ in range(n):
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
        return seconds
    serve(name, round_of)
