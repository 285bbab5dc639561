"""How long a notebook's cell that trains takes: from its execution to the program's start, to the first step, to its end.

Prints one JSON object. "first" is the first cell of a new kernel, "warm" the same cell once more, unchanged, "changed" a cell with
another line, so that it is recompiled from source. Run it by scripts/env.sh.
"""

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from jupyter_client.manager import start_new_kernel

REPOSITORY = Path(__file__).parents[2]
IMPORTS = """import (
	"context"
	"fmt"
	"time"

	"jemlab/jem"
	"jemlab/jem/lab"
	"jemlab/jem/pretrain"
)
"""
CELL = """%%
fmt.Println("started", time.Now().UnixMicro()) // @CHANGE@
l := lab.Must(lab.Open("@DATA@"))
fmt.Println("opened", time.Now().UnixMicro())
c := l.Config(jem.SimCLR())
c.Train, c.Batch, c.Steps, c.Minutes, c.Evaluate = 0, 256, 3, 0, 0
lab.Must(pretrain.Run(context.Background(), l.Backend, l.Data, "@RUN@", c, pretrain.Options{OnProgress: func(p pretrain.Progress) {
	if p.Step == 1 {
		fmt.Println("stepped", time.Now().UnixMicro())
	}
}}))
"""

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--data", default="fashion-mnist")
parser.add_argument("--repeats", type=int, default=3, help="warm cells and changed cells to time")
parser.add_argument("--timeout", type=float, default=600, help="seconds that a cell may take")
options = parser.parse_args()


def execute(client, source):
    """Runs a cell; returns its text, and the clock when it was sent and when it was done. Ends this program if it fails."""
    text, sent = [], time.time()

    def hear(message):
        content = message["content"]
        if message["msg_type"] == "stream":
            text.append(content["text"])
        elif message["msg_type"] == "error":
            text.append("\n".join(content["traceback"]))

    reply = client.execute_interactive(source, timeout=options.timeout, output_hook=hear, allow_stdin=False)
    if reply["content"]["status"] != "ok":
        raise SystemExit("a cell failed:\n" + "".join(text))
    return "".join(text), sent, time.time()


def train(client, source, folder):
    """Times a cell; its run directory is a new one."""
    run = Path(folder) / "run"
    shutil.rmtree(run, ignore_errors=True)
    text, sent, done = execute(client, source.replace("@RUN@", str(run)).replace("@DATA@", options.data))
    at = {word: int(value) / 1e6 for word, value in (line.split() for line in text.splitlines()
                                                     if line.split()[:1] in (["started"], ["opened"], ["stepped"]))}
    if len(at) != 3:
        raise SystemExit("a cell did not say when it trained:\n" + text)
    return {"build": at["started"] - sent, "open": at["opened"] - at["started"], "first_step": at["stepped"] - at["started"],
            "until_first_step": at["stepped"] - sent, "total": done - sent}


def spread(times):
    """The shortest times of several cells, part by part, and the middle ones."""
    return {word: {part: f(t[part] for t in times) for part in times[0]} for word, f in (("best", min), ("median", statistics.median))}


def main():
    (REPOSITORY / ".cache").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=REPOSITORY / ".cache", prefix="cell-") as folder:
        environment = {**os.environ, "CI": "true", "JEM_RUNS": folder}
        began = time.time()
        manager, client = start_new_kernel(kernel_name="gonb", startup_timeout=120, env=environment, cwd=folder)
        try:
            kernel = time.time() - began
            execute(client, IMPORTS)
            first = train(client, CELL.replace("@CHANGE@", "first"), folder)
            warm = [train(client, CELL.replace("@CHANGE@", "first"), folder) for _ in range(options.repeats)]
            # A number in the code, not only in a comment, so that the compiler has something to do.
            changed = [train(client, CELL.replace("@CHANGE@", "changed") + f'fmt.Println("cell", {time.time_ns()})\n', folder)
                       for _ in range(options.repeats)]
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
        print(json.dumps({"kernel": kernel, "first": first, "warm": spread(warm), "changed": spread(changed)}))


main()
