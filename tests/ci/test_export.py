"""ONNX Runtime and safetensors' own library read what `jem export` writes, and the code of its model card runs."""

import os
import pathlib
import re
import subprocess

import numpy
import onnxruntime
import pytest
from safetensors.numpy import load_file

ROOT = pathlib.Path(__file__).parents[2]
TINY = "--data shapes --train 64 --batch 16 --steps 2 --set projector.widths=8,4".split()

# Both blocks, both ways to average over a grid (one divides the last map, the other does not), max-pooling, blocks with and without a shortcut.
BACKBONES = {
    "basic": dict(kind="resnet-basic", stem="half", widths="4,6", blocks="1,1", grid=2),
    "bottleneck": dict(kind="resnet-bottleneck", stem="imagenet", widths="4,6", blocks="1,2", grid=3),
}


def jem(*args):
    return subprocess.run([ROOT / ".bin/jem", *args], cwd=ROOT, check=True, capture_output=True, text=True, env={**os.environ, "JEM_BUDGET": "ci"})


@pytest.fixture(scope="module", params=BACKBONES)
def exported(request, tmp_path_factory):
    """A folder with the export of a run of few steps, and the arrays that `jem embed` wrote of ten images."""
    folder = tmp_path_factory.mktemp(request.param)
    run, out = folder / "run", folder / "out"
    fields = [word for name, value in BACKBONES[request.param].items() for word in ("--set", f"backbone.{name}={value}")]
    jem("pretrain", "--run", run, *TINY, *fields)
    jem("embed", "--run", run, "--data", "shapes", "--images", "10", "--out", folder)
    jem("export", "--run", run, "--out", out)
    return out, {name: numpy.load(folder / f"{name}.npy") for name in ("images", "h", "labels")}


def test_onnx_has_our_h(exported):
    folder, arrays = exported
    session = onnxruntime.InferenceSession(folder / "backbone.onnx")
    assert arrays["images"].shape == (10, 32, 32, 3) and arrays["labels"].shape == (10,)
    for n in (10, 1):
        h = session.run(["h"], {"images": arrays["images"][:n]})[0]
        assert h.dtype == numpy.float32 and h.shape == arrays["h"][:n].shape
        numpy.testing.assert_allclose(h, arrays["h"][:n], rtol=0, atol=1e-4)
    assert arrays["h"].std(axis=0).max() > 1e-2  # images differ


def test_safetensors_holds_the_weights(exported):
    folder, _ = exported
    weights = load_file(folder / "backbone.safetensors")
    assert {w.dtype for w in weights.values()} == {numpy.dtype(numpy.float32)}
    assert weights["stem/bn/running_var"].shape == (4,) and weights["stem/conv/weights"].shape[2:] == (3, 4)
    assert not [name for name in weights if "projector" in name]


def test_half_is_rounded(exported):
    folder, _ = exported
    half = folder / "half"
    jem("export", "--run", folder.parent / "run", "--out", half, "--format", "safetensors", "--half")
    whole = load_file(folder / "backbone.safetensors")
    for name, w in load_file(half / "backbone.safetensors").items():
        assert w.dtype == numpy.float16
        numpy.testing.assert_array_equal(w, whole[name].astype(numpy.float16))
    saved = (folder / "backbone.safetensors").stat().st_size - (half / "backbone.safetensors").stat().st_size
    assert saved == pytest.approx(2 * sum(w.size for w in whole.values()), abs=64)  # the headers differ by a few digits


def test_model_card(exported):
    folder, _ = exported
    card = (folder / "README.md").read_text()
    for words in ("Backbone for colour images of 32x32 pixels", "simclr", "64 images of shapes", "2 of 2 steps", "uint8 [N, 32, 32, 3]", "It was not measured", "Apache-2.0"):
        assert words in card
    blocks = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert len(blocks) == 2
    for code in blocks:
        exec(compile(f"import os\nos.chdir({str(folder)!r})\n" + code, "README.md", "exec"), {})
