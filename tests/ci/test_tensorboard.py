"""TensorBoard itself reads what a run leaves, and finds the values of metrics.jsonl."""

import json
import pathlib
import subprocess

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

ROOT = pathlib.Path(__file__).parents[2]
TINY = "--data shapes --train 64 --batch 16 --set backbone.stem=half --set backbone.widths=4 --set backbone.blocks=1 --set backbone.grid=1 --set projector.widths=8,4"


def test_reads_a_run(tmp_path):
    run = tmp_path / "run"
    subprocess.run([ROOT / ".bin/jem", "pretrain", "--run", run, "--steps", "6", *TINY.split()], cwd=ROOT, check=True, capture_output=True)
    events = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    board = EventAccumulator(str(run))
    board.Reload()
    names = {name for e in events for name in e} - {"step", "seconds"}
    assert names and names == set(board.Tags()["scalars"])
    for name in names:
        got = [(s.step, s.value) for s in board.Scalars(name)]
        assert got == [(e["step"], pytest.approx(e[name], rel=1e-6)) for e in events if name in e]
