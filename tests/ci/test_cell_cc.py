"""jupyter/kernels/gonb/bin/cell-cc: what the compiler says is passed on, and asked for again only if it was no clear answer."""

import os
import subprocess
from pathlib import Path

import pytest

CELL_CC = Path(__file__).parents[2] / "jupyter" / "kernels" / "gonb" / "bin" / "cell-cc"


@pytest.fixture
def ask(tmp_path):
    """Runs cell-cc in front of a compiler with the given script; returns its status, its output, and how often the compiler ran."""
    compiler, calls = tmp_path / "compiler", tmp_path / "calls"

    def ask(script, *arguments, answers=tmp_path / "answers"):
        compiler.write_text(f'#!/bin/sh\necho "$*" >>{calls}\n{script}\n')
        compiler.chmod(0o755)
        done = subprocess.run([CELL_CC, *arguments], capture_output=True, text=True,
                              env={"PATH": os.environ["PATH"], "GONB_REAL_CC": f"{compiler} -option", "GONB_CC_ANSWERS": str(answers)})
        return done.returncode, done.stdout.strip() + done.stderr.strip(), len(calls.read_text().splitlines()) if calls.exists() else 0

    return ask


def question(flag, folder="/tmp/go-link-1"):
    return ["-m64", "-o", f"{folder}/a.out", flag, f"{folder}/trivial.c"]


def test_answers_are_remembered(ask):
    assert ask("exit 0", *question("-no-pie")) == (0, "", 1)
    assert ask("exit 1", *question("-no-pie", "/tmp/go-link-2")) == (0, "", 1)
    assert ask("echo a warning", *question("-pie")) == (0, "a warning", 2)
    assert ask("exit 1", *question("-pie")) == (0, "a warning", 2)
    no = "error: unrecognized command-line option '-Q'\ncompilation terminated"
    assert ask(f'echo "{no}" >&2; exit 4', *question("-Q")) == (4, no, 3)
    assert ask("exit 0", *question("-Q")) == (4, no, 3)


def test_a_failure_that_is_no_answer_is_not_remembered(ask):
    assert ask("echo 'No space left on device' >&2; exit 1", *question("-no-pie")) == (1, "No space left on device", 1)
    assert ask("exit 0", *question("-no-pie")) == (0, "", 2)


def test_nowhere_to_remember(ask):
    assert ask("exit 0", *question("-no-pie"), answers="/proc/nowhere") == (0, "", 1)
    assert ask("echo unknown argument; exit 1", *question("-no-pie"), answers="/proc/nowhere") == (1, "unknown argument", 2)


def test_linking_passes_through(ask):
    show = 'for word; do printf "<%s>" "$word"; done; exit 3'
    for calls in 1, 2:
        assert ask(show, "-o", "a b", "trivial.c.o") == (3, "<-option><-o><a b><trivial.c.o>", calls)
