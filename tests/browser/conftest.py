"""One JupyterLab and one Chromium for all tests of this folder."""

import pytest

import lab


@pytest.fixture(scope="session")
def folder():
    """A copy of the notebooks, to which tests may add."""
    return lab.copy_notebooks("browser")


@pytest.fixture(scope="session")
def server(folder):
    """JupyterLab over that copy."""
    with lab.Server(folder, {"JEM_RUNS": str(folder / "runs"), "JEM_BUDGET": "ci"}) as server:
        yield server


@pytest.fixture(scope="session")
def browser(folder):
    """Chromium."""
    with lab.open_browser(folder) as browser:
        yield browser


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
    return lambda name: lab.Notebook(context, server, folder, name)
