"""Every notebook keeps the rules as committed; every English one runs to its end at JEM_BUDGET=ci, and shows the figures it promises.

The executed copies are left in .cache/tests/notebooks/notebooks. A French notebook has the same code (test_pairs.py) and is not run.
"""

import json
from pathlib import Path

import nbformat
import pytest

import rules
import runner

REPOSITORY = Path(__file__).parents[2]
NOTEBOOKS = sorted(path.name for path in (REPOSITORY / "notebooks").glob("*.ipynb"))
FRENCH = sorted(f"fr/{path.name}" for path in (REPOSITORY / "notebooks/fr").glob("*.ipynb"))


@pytest.mark.parametrize("name", NOTEBOOKS + FRENCH)
def test_written(name):
    path = REPOSITORY / "notebooks" / name
    notebook = json.loads(path.read_text())
    assert not rules.written(notebook, forbidden=[str(REPOSITORY)])
    assert not rules.strays(notebook, path.parent)


@pytest.mark.parametrize("name", NOTEBOOKS + FRENCH)
def test_outputs(name):
    """They are whole, and of the code of now."""
    notebook = json.loads((REPOSITORY / "notebooks" / name).read_text())
    breaches = rules.outputs(notebook)
    assert not breaches, "\n".join([*breaches, "run make outputs"])


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_runs(workplace, name):
    folder, environment = workplace
    path = folder / "notebooks" / name
    notebook, reason = runner.execute(path, environment)
    nbformat.write(notebook, path)
    breaches = [reason] if reason else rules.executed(notebook)
    assert not breaches, "\n".join(breaches)
