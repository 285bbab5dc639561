"""The Markdown pair of a planted notebook shows in a review what matters, and nothing else."""

import nbformat

import review


def test_markdown(tmp_path):
    v4 = nbformat.v4
    output = v4.new_output("stream", text="loss 0.5")
    solution = {"tags": ["solution"], "jupyter": {"source_hidden": True}}
    notebook = v4.new_notebook(metadata={"kernelspec": {"name": "gonb", "language": "go", "display_name": "Go"}, "outputs_of": "4567"}, cells=[
        v4.new_markdown_cell("# La perte\n\n[6](06_infonce.ipynb), [a](../docs/a.md)", id="a", metadata={"english": "0123"}),
        v4.new_code_cell("%%\ntrain()", id="b", metadata=solution, outputs=[output], execution_count=3)])
    path = tmp_path / "05_x.ipynb"
    nbformat.write(notebook, path)
    _, head, body = review.markdown(path).split("---\n")
    assert "gonb" in head and "4567" not in head
    assert body == ("\n# La perte\n\n[6](06_infonce.md), [a](../../docs/a.md)\n\n"
                    '```go jupyter={"source_hidden": true} tags=["solution"]\n%%\ntrain()\n```\n')
    assert nbformat.read(path, as_version=4) == notebook


def test_pair(tmp_path):
    assert review.pair(tmp_path, tmp_path / "05_x.ipynb") == tmp_path / "md/05_x.md"
    assert review.pair(tmp_path, tmp_path / "fr/05_x.ipynb") == tmp_path / "md/fr/05_x.md"
