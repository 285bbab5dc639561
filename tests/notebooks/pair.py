"""Refreshes what follows from the English notebooks: the code of the French ones, and the Markdown pairs of all. `make pair` calls it.

Its arguments are the ids of cells whose French text was brought up to date with the English one. It ends with 1 and a list if a
French text is missing or behind.
"""

import json
import sys
from pathlib import Path

import french
import review
import rules

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def read(path):
    """The notebook at path, without cells if there is none."""
    return json.loads(path.read_text()) if path.exists() else {"cells": []}


def write(path, content):
    """Writes a file only if it changes."""
    if not path.exists() or path.read_text() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        print("wrote", path.relative_to(NOTEBOOKS.parent))


def refresh_french(translated):
    """Rewrites the code of the French notebooks; returns what is to be translated."""
    missing = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not french.waits(path.name):
            target = NOTEBOOKS / "fr" / path.name
            notebook, cells = french.follow(read(path), read(target), translated)
            write(target, rules.as_file(notebook))
            missing += [f"notebooks/fr/{path.name}: {cell}" for cell in cells]
    return missing


def refresh_markdown():
    """Rewrites the Markdown pairs, and removes those whose notebook is gone."""
    paths = sorted([*NOTEBOOKS.glob("*.ipynb"), *NOTEBOOKS.glob("fr/*.ipynb")])
    for path in paths:
        write(review.pair(NOTEBOOKS, path), review.markdown(path))
    for left in set(NOTEBOOKS.glob("md/**/*.md")) - {review.pair(NOTEBOOKS, path) for path in paths}:
        left.unlink()


if __name__ == "__main__":
    ids = {cell["id"] for path in NOTEBOOKS.glob("*.ipynb") for cell in read(path)["cells"]}
    if unknown := set(sys.argv[1:]) - ids:
        sys.exit(f"no notebook has a cell {', '.join(sorted(unknown))}")
    missing = refresh_french(sys.argv[1:])
    refresh_markdown()
    if missing:
        sys.exit("\n".join(missing) + '\nTranslate, then: make pair CELLS="ids of the cells that are translated"')
