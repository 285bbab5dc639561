"""A French notebook follows an English one: planted changes, each with what must come of it."""

import copy

import pytest

import french


def prose(name, source, **metadata):
    return {"cell_type": "markdown", "id": name, "metadata": metadata, "source": [source]}


def code(name, source, outputs=()):
    return {"cell_type": "code", "id": name, "metadata": {"tags": ["expects: figure"]}, "execution_count": 1 if outputs else None,
            "outputs": list(outputs), "source": [source]}


ENGLISH = {"nbformat": 4, "metadata": {"kernel": "gonb", "outputs_of": "now"}, "cells": [prose("1", "The loss"), code("2", "%%\ntrain()", ["a loss"]), prose("3", "Next", tags=["end"])]}
FRENCH = {"nbformat": 4, "metadata": {"kernel": "gonb", "outputs_of": "before"}, "cells": [
    prose("1", "La perte", english=french.fingerprint("The loss")), code("2", "%%\ntrain()", ["une perte"]),
    prose("3", "Suite", tags=["end"], english=french.fingerprint("Next"))]}


def after(notebook, change):
    notebook = copy.deepcopy(notebook)
    change(notebook["cells"])
    return notebook


def test_up_to_date():
    assert french.follow(ENGLISH, FRENCH) == (FRENCH, [])


def test_code_comes_from_english():
    """Source, tags, order and ids; outputs of other code go, outputs of this code stay."""
    changed = after(ENGLISH, lambda cells: (cells[1].update(source=["%%\nlook()"], metadata={"tags": []}), cells.append(code("4", "%%"))))
    made, missing = french.follow(changed, after(FRENCH, lambda cells: cells.append(code("5", "%%\ngone()"))))
    assert missing == []
    assert made["metadata"] == FRENCH["metadata"], "its outputs are not of this code, and must not seem to be"
    assert made["cells"] == [FRENCH["cells"][0], {**changed["cells"][1], "execution_count": None, "outputs": []}, FRENCH["cells"][2],
                             code("4", "%%")]


def test_english_changed():
    changed = after(ENGLISH, lambda cells: cells[0].update(source=["The losses"]))
    made, missing = french.follow(changed, FRENCH)
    assert (made, missing) == (FRENCH, ["cell 1: its English changed since it was translated"])
    assert french.follow(changed, made)[1] == missing, "it must not be forgotten when the command is called again"
    made, missing = french.follow(changed, after(made, lambda cells: cells[0].update(source=["Les pertes"])), translated=["1"])
    assert missing == [] and made["cells"][0] == prose("1", "Les pertes", english=french.fingerprint("The losses"))


def test_cell_is_missing():
    made, missing = french.follow(ENGLISH, {"cells": FRENCH["cells"][:2]})
    assert missing == ["cell 3 is not translated"]
    assert made["cells"] == [*FRENCH["cells"][:2], ENGLISH["cells"][2]], "the translator finds the English text in its place"
    assert french.follow(ENGLISH, made, translated=["3"]) == (made, missing), "the English text is no translation"


def test_nothing_is_translated():
    made, missing = french.follow(ENGLISH, {"cells": []})
    assert missing == ["cell 1 is not translated", "cell 3 is not translated"]
    assert made["cells"][1]["outputs"] == [] and made["metadata"] == {"kernel": "gonb"}, "English outputs are not French ones"


@pytest.mark.parametrize("text, loose", [
    ("La perte\u00a0: 80\u00a0% «\u00a0ici\u00a0», qui\u202f?", 0),
    ("La perte : 80 % « ici », qui?", 5),
    ("Voyez `a : b ; c` et $a : b$, puis ![x](y?z) et [x](a?b:c)", 0),
    ("$$\na : b\n$$\n```go\na ? b : c\n```", 0),
])
def test_loose_marks(text, loose):
    assert len(french.loose_marks({"cells": [prose("1", text)]})) == loose
