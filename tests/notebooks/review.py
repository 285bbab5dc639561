"""The Markdown pair of a notebook, which is read in a review in the place of its JSON: prose, code and tags, without outputs.

It is made from the notebook by jupytext, and never the other way: ids and outputs are in the notebook only.
"""

import re

import jupytext
import nbformat

LINK = re.compile(r"(\]\(\w+)\.ipynb\)")  # to a notebook: from a pair it leads to the other pair
UP = re.compile(r"\]\((?=\.\./)")  # to another folder: a pair lies one deeper


def pair(notebooks, path):
    """Where the pair of the notebook at path lies: notebooks/md/NAME.md, and notebooks/md/fr/NAME.md of a French one."""
    return (notebooks / "md" / path.relative_to(notebooks)).with_suffix(".md")


def markdown(path):
    """The Markdown of the notebook at path."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("english", None)
    return relink(jupytext.writes(notebook, {"extension": ".md"}))


def relink(prose):
    """The prose of a notebook with the links that its pair needs."""
    return UP.sub("](../", LINK.sub(r"\1.md)", prose))
