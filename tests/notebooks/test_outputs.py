"""The command that keeps outputs, on the real kernel: what it writes, and that it writes nothing if anything is amiss."""

import json

import nbformat
import pytest

import outputs
import pair
import rules

PLOT = """%%
gonbui.UpdateHtml("live", "<b>half</b>")
gonbui.UpdateHtml("live", `<img src="data:image/svg+xml;base64,PHN2Zy8+">`)
gonbui.Sync()
fmt.Println("done")"""


@pytest.fixture
def planted(workplace, monkeypatch):
    """Writes a notebook of two cells, as files of this repository are; returns its path."""
    folder, environment = workplace
    monkeypatch.setattr(outputs, "ENVIRONMENT", environment)
    monkeypatch.setattr(pair, "NOTEBOOKS", folder / "notebooks")
    path = folder / "notebooks" / "planted.ipynb"

    def planted(first, plot=PLOT):
        cells = [nbformat.v4.new_code_cell(first, id="a"), nbformat.v4.new_markdown_cell("La perte", id="b"),
                 nbformat.v4.new_code_cell(plot, id="c", metadata={"tags": ["expects: figure"]})]
        kernel = {"name": "gonb", "display_name": "Go (gonb)", "language": "go"}
        notebook = json.loads(nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})))
        path.write_text(rules.as_file(notebook))
        return path

    yield planted
    path.unlink(missing_ok=True)


IMPORT = 'import "github.com/janpfeifer/gonb/gonbui"\n\n'


def test_renew(planted):
    """The file is what it was, and the outputs; again, it is the same."""
    path = planted(IMPORT + '%%\nfmt.Print("step 1\\rstep 2\\n")\nfmt.Fprintln(os.Stderr, "slow")\nfmt.Println("end")')
    before = json.loads(path.read_text())
    assert outputs.renew(path) == []
    made = path.read_text()
    after = json.loads(made)
    assert after["metadata"].pop("outputs_of") == rules.of_code(before)
    train, _, plot = after["cells"]
    assert (train.pop("execution_count"), plot.pop("execution_count")) == (1, 2)
    assert train.pop("outputs") == [{"name": "stdout", "output_type": "stream", "text": ["step 2\n", "end\n"]}]
    figure = {"data": {"text/html": ['<img src="data:image/svg+xml;base64,PHN2Zy8+">']}, "metadata": {}, "output_type": "display_data"}
    assert plot.pop("outputs") == [figure, {"name": "stdout", "output_type": "stream", "text": ["done\n"]}]
    for cell in (before["cells"][0], before["cells"][2]):
        del cell["execution_count"], cell["outputs"]
    assert after == before
    assert outputs.renew(path) == [] and path.read_text() == made


@pytest.mark.parametrize("first, plot, sentence", [
    (IMPORT + "%%\npanic(`bad`)", PLOT, "exit status 2"),
    (IMPORT + "!false", PLOT, "reports a failed command"),
    (IMPORT + "%%", "%%", "cell 3 (c) shows no figure"),
    (IMPORT + '%%\nfmt.Println("see /tmp/loss.svg")', PLOT, "ran it: /tmp/loss.svg"),
    (IMPORT + '%%\nos.WriteFile("planted.ipynb", nil, 0o644)', PLOT, "it was changed while it was executed"),
])
def test_refused(planted, first, plot, sentence):
    path = planted(first, plot)
    before = path.read_text()
    found = outputs.renew(path)
    assert len(found) == 1 and sentence in found[0], found
    assert path.read_text() == ("" if "WriteFile" in first else before)


def test_unknown_number():
    assert outputs.main(["5", "06"]) == ["no notebook has the number 5"]
