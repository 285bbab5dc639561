"""A French notebook is the English one with other prose: the same cells with the same ids, and the same code.

Each of its prose cells says in its metadata, as `english`, which text it translates (a hash), so that a change of that text shows.
"""

import re

from rules import fingerprint, text

NOT_TRANSLATED = ()  # numbers of the notebooks that wait for their French version

# What is not prose: fenced and inline code, formulas, targets of links, images.
NOT_PROSE = re.compile(r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)|!\[", re.DOTALL)
# Marks without the no-break space (U+00A0, or U+202F, the narrow one) that French puts there.
LOOSE = re.compile("[^\u00a0\u202f][:;!?%»]|«[^\u00a0\u202f]")


def waits(name):
    """Whether the notebook of that file name is listed as not translated yet."""
    return name.startswith(NOT_TRANSLATED)


def follow(english, french, translated=()):
    """The French notebook made anew for an English one, and what must be translated: a sentence a cell.

    Cells, order, code and metadata are english's; prose is french's, and so are the outputs of cells whose code stands. A prose cell that
    french lacks holds the English text for the time being. translated are the ids of French cells that were brought up to date with their
    English text.
    """
    before = {cell["id"]: cell for cell in french["cells"]}
    cells, missing = [], []
    for cell in english["cells"]:
        name, old = cell["id"], before.get(cell["id"], cell)
        if cell["cell_type"] == "code":
            cells.append(with_outputs(cell, old))
            continue
        current = fingerprint(text(cell["source"]))
        known = current if name in translated else old["metadata"].get("english")
        if text(old["source"]) == text(cell["source"]):
            known = None
            missing.append(f"cell {name} is not translated")
        elif known != current:
            missing.append(f"cell {name}: its English changed since it was translated")
        metadata = {**cell["metadata"], **({"english": known} if known else {})}
        cells.append({**cell, "metadata": metadata, "source": old["source"]})
    metadata = {**english["metadata"], "outputs_of": french.get("metadata", {}).get("outputs_of")}
    if not metadata["outputs_of"]:
        del metadata["outputs_of"]
    return {**english, "metadata": metadata, "cells": cells}, missing


def with_outputs(cell, old):
    """The English code cell with the outputs of the French one, if they are this code's."""
    if old is not cell and text(old["source"]) == text(cell["source"]):
        return {**cell, "execution_count": old["execution_count"], "outputs": old["outputs"]}
    return {**cell, "execution_count": None, "outputs": []}


def loose_marks(notebook):
    """The places of the prose where a mark of punctuation lacks its no-break space, and could begin a line."""
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            prose = NOT_PROSE.sub("x", text(cell["source"]))
            found += [f"cell {cell['id']}: no no-break space in {prose[max(0, mark.start() - 15):mark.end()]!r}"
                      for mark in LOOSE.finditer(prose)]
    return found
