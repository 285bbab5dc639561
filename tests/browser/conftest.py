"""One JupyterLab and one Chromium for all tests of this folder."""

import json
import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

import lab


@pytest.fixture(scope="session")
def folder():
    """A copy of notebooks/ inside the module, so that neither the committed files nor a reader's runs are touched."""
    folder = lab.REPOSITORY / ".cache" / "tests" / "browser"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if (lab.REPOSITORY / "notebooks").is_dir():
        shutil.copytree(lab.REPOSITORY / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    (folder / "notebooks").mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def server(folder):
    """JupyterLab over that copy."""
    with lab.Server(folder, {"JEM_RUNS": str(folder / "runs"), "JEM_BUDGET": "ci"}) as server:
        yield server


@pytest.fixture(scope="session")
def browser(folder):
    """Chromium without a window, and with a HOME of its own."""
    if not Path(lab.CHROMIUM).exists():
        pytest.fail(f"{lab.CHROMIUM} is missing: sudo apt-get install -y chromium, or name another in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=lab.CHROMIUM, args=lab.FLAGS,
                                              env={**os.environ, "HOME": str(folder / "home"), "XDG_CONFIG_HOME": str(folder / "home")})
        yield browser
        browser.close()


@pytest.fixture
def context(browser):
    """A fresh profile; a test fails if one of its pages asks for an address outside this machine."""
    context, refused = lab.open_context(browser)
    yield context
    context.close()
    assert not refused, f"the page asked for {refused}"


@pytest.fixture
def open_notebook(context, server, folder):
    """Opens a notebook of the copy by its file name."""
    def open_notebook(name):
        ids = [cell["id"] for cell in json.loads((folder / "notebooks" / name).read_text())["cells"]]
        return lab.Notebook(context, server, name, ids, folder)
    return open_notebook
