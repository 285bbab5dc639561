"""A skip in CI fails, whichever runner sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gotest

TESTS = Path(__file__).parents[1]

SKIPS = {
    "call": "def test_a(): pytest.skip('no browser')",
    "mark": "@pytest.mark.skip\ndef test_a(): pass",
    "module": "pytest.skip('all', allow_module_level=True)",
    "no_parameter": "@pytest.mark.parametrize('notebook', [])\ndef test_a(notebook): pass",
    "import": "pytest.importorskip('no_such_module')",
}


@pytest.mark.parametrize("ci, want", [("", False), ("0", False), ("false", False), ("1", True), ("true", True)])
def test_in_ci(ci, want):
    assert gotest.in_ci({"CI": ci}) == want
    assert not gotest.in_ci({})


@pytest.mark.parametrize("ci", ["", "true"])
def test_pytest_skip(tmp_path, ci):
    """Our conftest.py, as a plugin of a run over files that skip in every way, and one that fails as expected."""
    for name, body in SKIPS.items():
        (tmp_path / f"test_{name}.py").write_text("import pytest\n" + body)
    (tmp_path / "test_expected.py").write_text("import pytest\n@pytest.mark.xfail\ndef test_a(): assert False")
    got = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "conftest", "-rfEs", "--continue-on-collection-errors",
         str(tmp_path)],
        env={**os.environ, "CI": ci, "PYTHONPATH": str(TESTS)}, capture_output=True, text=True, cwd=tmp_path)
    want = "1 failed, 1 xfailed, 4 errors" if ci else "5 skipped, 1 xfailed"
    assert want in got.stdout, got.stdout
    assert got.returncode == (1 if ci else 0), got.stdout


def events(*rows):
    """go test's JSON lines from (action, test, output)."""
    return [json.dumps({"Action": a, "Package": "p", **({"Test": t} if t else {}), "Output": o}) for a, t, o in rows]


def test_go_report():
    printed = []
    skipped = gotest.report(events(
        ("output", "TestGood", "quiet\n"), ("pass", "TestGood", ""),
        ("output", "TestBad", "want 1, got 2\n"), ("fail", "TestBad", ""),
        ("output", "TestLazy", "no plugin\n"), ("skip", "TestLazy", ""),
        ("output", "TestHung", "panic: late\n"),
        ("output", None, "PASS\n"), ("output", None, "ok  \tp\t0.1s\n"), ("skip", None, "")) + ["# not JSON\n"], printed.append)
    assert skipped == ["p.TestLazy"]
    text = "".join(printed)
    assert "quiet" not in text and "PASS" not in text
    for want in ("want 1, got 2\n", "no plugin\n", "panic: late\n", "ok  \tp\t0.1s\n", "# not JSON\n"):
        assert want in text


@pytest.mark.parametrize("ci, bodies, want, printed", [
    ("1", ["t.Log()"], 0, ["ok  \tm/p0"]),
    ("", ["t.Skip()"], 0, ["ok  \tm/p0"]),
    ("1", ["t.Log()", "t.Skip(`no plugin`)"], 1, ["ok  \tm/p0", "no plugin", "FAIL: 1 skipped", "m/p1.TestIt"]),
    ("", ["t.Fatal(`bad`)", "undefined()", "panic(`late`)"], 1, ["bad", "undefined: undefined", "panic: late", "FAIL\tm/p0"]),
])
def test_go_run(tmp_path, ci, bodies, want, printed):
    (tmp_path / "go.mod").write_text("module m\n")
    for i, body in enumerate(bodies):
        (tmp_path / f"p{i}").mkdir()
        (tmp_path / f"p{i}/p_test.go").write_text(
            'package p\nimport "testing"\nfunc TestIt(t *testing.T) { ' + body + " }\n")
    got = subprocess.run([sys.executable, gotest.__file__, "-vet=off", "-ldflags=-w -s", "./..."], cwd=tmp_path,
                         env={**os.environ, "CI": ci}, capture_output=True, text=True)
    assert got.returncode == want, got.stdout + got.stderr
    for text in printed:
        assert text in got.stdout
