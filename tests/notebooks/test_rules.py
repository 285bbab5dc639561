"""Planted bad notebooks: each breaks one rule, and only that one is reported."""

import base64
import copy

import nbformat
import pytest

import rules
import runner

FIGURE = '<img src="data:image/svg+xml;base64,PHN2Zy8+">'


def drawn(svg):
    """HTML of that SVG as it is shown."""
    return f'<img src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}">'


def good():
    """A notebook, executed, that keeps every rule."""
    figure = {"output_type": "display_data", "metadata": {}, "data": {"text/html": [FIGURE]}}
    printed = {"output_type": "stream", "name": "stdout", "text": ["exit status of the experiment: fine\n"]}
    warned = {"output_type": "stream", "name": "stderr", "text": "slow\n"}
    cell = {"cell_type": "code", "metadata": {}, "execution_count": 1}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "gonb"}}, "cells": [
        {"cell_type": "markdown", "id": "why", "metadata": {}, "source": "line\n" * 40},
        {**cell, "id": "train", "source": ["%%\n"] + ["step()\n"] * 19, "outputs": [printed, warned]},
        {**cell, "id": "plot", "source": "%%", "execution_count": 2, "metadata": {"tags": ["expects: figure"]}, "outputs": [figure]},
    ]}
    notebook["metadata"]["outputs_of"] = rules.of_code(notebook)
    return notebook


def breaking(change):
    """The good notebook after change(notebook, training cell, plotting cell)."""
    notebook = copy.deepcopy(good())
    change(notebook, notebook["cells"][1], notebook["cells"][2])
    return notebook


def test_good():
    assert rules.written(good(), forbidden=["/somewhere"]) == []
    assert rules.executed(good()) == []
    assert rules.outputs(good()) == []


WRITTEN = {
    "without an id": lambda n, train, plot: train.pop("id"),
    "nbformat 4.5": lambda n, train, plot: n.update(nbformat_minor=4),
    "same id": lambda n, train, plot: plot.update(id="train"),
    "kernel is not gonb": lambda n, train, plot: n["metadata"]["kernelspec"].update(name="python3"),
    "no cell has the tag": lambda n, train, plot: plot.update(metadata={"tags": ["figure"]}),
    "cell 2 (train) has 21 lines": lambda n, train, plot: train["source"].append("last()"),
    "cell 3 (plot) has 21 lines": lambda n, train, plot: plot.update(source="\n" * 21),
    "bytes, it must be under 1000000": lambda n, train, plot: plot["outputs"][0]["data"].update({"image/png": "A" * 1_000_000}),
    "ran it: /somewhere": lambda n, train, plot: train["outputs"][0].update(text="read /somewhere/data"),
    "ran it: /tmp/figures/loss.svg": lambda n, train, plot: train["outputs"][1].update(text=["see /tmp/figures/loss.svg\n"]),
    "ran it: /home/me": lambda n, train, plot: plot["outputs"][0]["data"].update({"text/html": FIGURE + "<b>/home/me</b>"}),
    "ran it: file://": lambda n, train, plot: plot["outputs"][0]["data"].update({"text/markdown": "[loss](file:///loss.svg)"}),
    "ran it: 127.0.0.1:8888": lambda n, train, plot: train["outputs"][0].update(text="http://127.0.0.1:8888/lab"),
    "ran it: /root/photos": lambda n, train, plot: plot["outputs"][0]["data"].update(
        {"text/html": drawn('<svg><text>folder:/root/photos</text></svg>')}),
}


@pytest.mark.parametrize("sentence", WRITTEN)
def test_written(sentence):
    found = rules.written(breaking(WRITTEN[sentence]), forbidden=["/somewhere"])
    assert len(found) == 1 and sentence in found[0], found


def test_strays(tmp_path):
    for name in ("notebooks/06.ipynb", "notebooks/fr/06.ipynb", "docs/a.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    prose = "[6](06.ipynb) [paper](https://arxiv.org/abs/1) [above](#top) [docs](../docs/a.md#top) `x[i](y)` [7](07.ipynb) [6](fr/06.ipynb)"
    notebook = breaking(lambda n, train, plot: n["cells"][0].update(source=[prose]))
    assert rules.strays(notebook, tmp_path / "notebooks") == [
        "its link leads nowhere: 07.ipynb", "its link leads to another folder's notebook: fr/06.ipynb"]


ERROR = {"output_type": "error", "ename": "ERROR", "evalue": "exit status 2", "traceback": ["panic: bad"]}

EXECUTED = {
    "cell 2 (train) was not executed": lambda n, train, plot: train.update(execution_count=None),
    "cell 2 (train) failed: exit status 2\npanic: bad": lambda n, train, plot: train["outputs"].append(ERROR),
    "cell 2 (train) reports a failed command: exit status 1": lambda n, train, plot: train["outputs"][1].update(
        text=["exit status 1\n"]),
    '"%plot" unknown or not implemented yet': lambda n, train, plot: train["outputs"][1].update(
        text='"%plot" unknown or not implemented yet.'),
    "cell 3 (plot) shows no figure": lambda n, train, plot: plot.update(outputs=[]),
    "cell 2 (train) shows no figure": lambda n, train, plot: train.update(metadata={"expects": "figure"}),
}


@pytest.mark.parametrize("sentence", EXECUTED)
def test_executed(sentence):
    found = rules.executed(breaking(EXECUTED[sentence]))
    assert len(found) == 1 and sentence in found[0], found


OUTPUTS = {
    "cell 2 (train) was not executed": lambda n, train, plot: train.update(execution_count=None),
    "cell 3 (plot) shows no figure": lambda n, train, plot: plot.update(outputs=[]),
    "in one go": lambda n, train, plot: (train.update(execution_count=2), plot.update(execution_count=3)),
    "of other code": lambda n, train, plot: train["source"].pop(),
    "its outputs are of other code": lambda n, train, plot: n["metadata"].pop("outputs_of"),
}


@pytest.mark.parametrize("sentence", OUTPUTS)
def test_outputs(sentence):
    found = rules.outputs(breaking(OUTPUTS[sentence]))
    assert len(found) == 1 and sentence in found[0], found


def test_no_outputs():
    notebook = breaking(lambda n, train, plot: [cell.update(outputs=[], execution_count=None) for cell in (train, plot)])
    assert [sentence[:6] for sentence in rules.outputs(notebook)] == ["cell 2", "cell 3", "cell 3"]


@pytest.mark.parametrize("text", [
    "runs/lab/06-simclr, and/or a/tmp; https://example.org/home/work ./tmp",
    "<tmp></tmp>",
    f'<img src="data:image/png;base64,{"/tmp" * 9}"><img src="data:image/jpeg;base64,+/home/+/root/">',
    drawn(f'<svg><image href="data:image/png;base64,{"/tmp" * 9}"/><text>tmp</text></svg>'),
])
def test_no_path(text):
    """What looks like a path of a machine and is none."""
    notebook = breaking(lambda n, train, plot: plot["outputs"][0]["data"].update({"text/html": text}))
    assert rules.written(notebook) == []


@pytest.mark.parametrize("data, shown", [
    ({"text/html": FIGURE}, True),
    ({"image/png": "aGk="}, True),
    ({"text/html": "<svg></svg>"}, False),  # stripped from an untrusted notebook
    ({"text/html": '<img src="https://example.org/loss.png">'}, False),  # gone without a network
    ({"text/plain": "a figure"}, False),
])
def test_shows_figure(data, shown):
    assert rules.shows_figure({"outputs": [{"output_type": "display_data", "data": data}]}) == shown


# Cells, the limit in seconds, and what the real kernel must make of them.
RUNS = {
    "good": (["var answer = 42", "%%\nfmt.Println(answer)"], 60, None),
    "panic": (["%%\npanic(`bad`)", "%%\nfmt.Println()"], 60, "panic: bad"),
    "compiler": (["%%\nundefined()"], 60, "undefined: undefined"),
    "allowed error": (["%%\nos.Exit(3)"], 60, "failed: exit status 3"),
    "shell": (["!false"], 60, "reports a failed command"),
    "magic": (["%nosuchmagic"], 60, "unknown or not implemented"),
    "skipped": (["%%\nfmt.Println()"], 60, "was not executed"),
    "endless": (["%%\nsignal.Ignore(os.Interrupt)\nfor { time.Sleep(time.Second) }"], 3, "took more than 3 s"),
}


@pytest.mark.parametrize("name", RUNS)
def test_run(workplace, name):
    """The runner and the rules together, on the real kernel."""
    cells, seconds, want = RUNS[name]
    tags = {"allowed error": ["raises-exception"], "skipped": ["skip-execution"]}.get(name, [])
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell, metadata={"tags": tags}) for cell in cells])
    folder, environment = workplace
    path = folder / "notebooks" / "planted.ipynb"
    nbformat.write(notebook, path)
    executed, reason = runner.execute(path, environment, seconds)
    path.unlink()
    found = [reason] if reason else rules.executed(executed)
    if want is None:
        assert found == [] and executed.cells[-1].outputs[0].text == "42\n"
    else:
        assert any(want in sentence for sentence in found), found
