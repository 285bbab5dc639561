"""A missing prerequisite gets one line, which names it and the command that installs it."""

import os
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

# A command that stands before the real one on PATH, and what the line must say.
LACKING = {
    "no Go": ("go", "exit 127", ["Go 1.", "(found: none)", "go.dev/dl/go1."]),
    "old Go": ("go", "echo go1.19.8", ["(found: 1.19.8)", "go.dev/dl/go1."]),
    "Go from another century": ("go", "echo go1.3", ["(found: 1.3)"]),
    "no Python": ("python3", "exit 127", ["Python 3.11", "(found: none)", "apt-get install -y python3.11"]),
    "old Python": ("python3", "echo 3.9", ["(found: 3.9)", "apt-get install -y python3.11"]),
    "Python without venv": ("python3", 'case "$*" in *ensurepip*) exit 1 ;; esac; echo 3.12',
                            ["venv module of Python 3.12", "apt-get install -y python3.12-venv"]),
    "no gcc": ("gcc", "exit 127", ["gcc", "apt-get install -y gcc libc6-dev"]),
}


def make_need(tmp_path, command=None, body=""):
    """Runs `make need` with a stand-in for one command."""
    if command:
        (tmp_path / command).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / command).chmod(0o755)
    environment = {key: value for key, value in os.environ.items() if key not in ("CC", "MAKEFLAGS", "MAKELEVEL", "PYTHON")}
    environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    return subprocess.run(["make", "need"], cwd=REPOSITORY, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("name", LACKING)
def test_lacking(tmp_path, name):
    command, body, want = LACKING[name]
    got = make_need(tmp_path, command, body)
    lines = (got.stdout + got.stderr).splitlines()
    assert got.returncode == 2 and len(lines) == 1, lines
    for text in want:
        assert text in lines[0], lines[0]


@pytest.mark.parametrize("version", ["1.26.10", "1.27", "1.100.0"])
def test_newer_go(tmp_path, version):
    got = make_need(tmp_path, "go", f"echo go{version}")
    assert got.returncode == 0, got.stdout + got.stderr


def test_all_there(tmp_path):
    got = make_need(tmp_path)
    assert (got.returncode, got.stderr) == (0, ""), got.stderr
