"""Where notebooks are executed: a copy inside the module, so that neither the committed files nor a reader's runs are touched."""

import os
import shutil
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def workplace():
    """A folder with a copy of notebooks/, and the environment that sends the runs of its cells beside it."""
    folder = REPOSITORY / ".cache" / "tests" / "notebooks"
    shutil.rmtree(folder, ignore_errors=True)
    if (REPOSITORY / "notebooks").is_dir():
        shutil.copytree(REPOSITORY / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    (folder / "notebooks").mkdir(parents=True, exist_ok=True)
    return folder, {"JEM_RUNS": str(folder / "runs"), "JEM_BUDGET": os.environ.get("JEM_BUDGET", "ci")}
