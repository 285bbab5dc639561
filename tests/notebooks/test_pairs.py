"""What follows from the English notebooks follows from them as they are now: French notebooks and Markdown pairs. `make pair` refreshes them."""

import json
from pathlib import Path

import jupytext
import nbformat
import pytest

import french
import review
import rules

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
ENGLISH = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
FRENCH = sorted(path.name for path in (NOTEBOOKS / "fr").glob("*.ipynb"))
ALL = [*ENGLISH, *(f"fr/{name}" for name in FRENCH)]


def read(path):
    return json.loads(path.read_text())


def test_french_exist():
    """Every notebook but those that are listed as not translated yet; none without an English one."""
    assert FRENCH == [name for name in ENGLISH if not french.waits(name)], "see NOT_TRANSLATED in french.py"


@pytest.mark.parametrize("name", FRENCH)
def test_french_code(name):
    """The code cells are the English ones: ids, metadata, sources, order. So it need not be run."""
    def code(path):
        return [(cell["id"], cell["metadata"], rules.text(cell["source"])) for cell in read(path)["cells"] if cell["cell_type"] == "code"]
    assert code(NOTEBOOKS / "fr" / name) == code(NOTEBOOKS / name)


@pytest.mark.parametrize("name", FRENCH)
def test_french_prose(name):
    """Every prose cell is translated, from the English text of now, with French spacing."""
    path = NOTEBOOKS / "fr" / name
    made, missing = french.follow(read(NOTEBOOKS / name), read(path))
    assert not missing, "\n".join([*missing, "see CONTRIBUTING.md, Notebooks"])
    assert made == read(path), "run make pair"
    assert not french.loose_marks(made)


@pytest.mark.parametrize("name", ALL)
def test_markdown(name):
    """The pair is of the notebook of now, and holds all of it but ids and outputs."""
    path = NOTEBOOKS / name
    pair = review.pair(NOTEBOOKS, path).read_text()
    assert pair == review.markdown(path), "run make pair"
    cells, paired = nbformat.read(path, as_version=4).cells, jupytext.reads(pair, {"extension": ".md"}).cells
    assert len(cells) == len(paired)
    for cell, other in zip(cells, paired):
        cell.metadata.pop("english", None)
        assert (other.cell_type, other.metadata, other.source) == (cell.cell_type, cell.metadata, review.relink(cell.source))


def test_markdown_of_nothing():
    """No pair outlives its notebook."""
    assert set(NOTEBOOKS.glob("md/**/*.md")) == {review.pair(NOTEBOOKS, NOTEBOOKS / name) for name in ALL}
