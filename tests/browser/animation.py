"""Records a training cell in JupyterLab as an animation: docs/figures/live.gif, which README shows. `make animation` calls it.

A frame is taken every second from the moment the cell's panel appears; the seconds before, in which the cell is compiled, are left out. What was
recorded is shown in TRAINING seconds, however long it took.
"""

import io
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

import lab

NOTEBOOK, BEFORE, CELL = "05_joint_embedding.ipynb", "05-02", "05-10"  # BEFORE holds the imports
WIDTH = 920  # of the cell, in pixels: its last line fits
BORDER = 4  # under the cell, in pixels: the frame of the next cell, which is selected, begins there
INTERVAL = 1.0  # seconds between two frames
FIRST, TRAINING, LAST = 1, 12, 2  # seconds that are shown: the cell before it runs, while it runs, and at its end


def fit(notebook, cell_id):
    """Hides the list of files, and makes the cell WIDTH wide."""
    page, cell = notebook.page, notebook.cell(cell_id)
    page.keyboard.press("Control+b")
    page.locator("#jp-left-stack").wait_for(state="hidden")
    size = page.viewport_size
    page.set_viewport_size({**size, "width": size["width"] + WIDTH - round(cell.bounding_box()["width"])})
    notebook.wait(lambda: round(cell.bounding_box()["width"]) == WIDTH, "the cell does not become WIDTH wide", 10)


def picture(notebook, cell_id):
    """When, and the cell as the page shows it now."""
    image = Image.open(io.BytesIO(notebook.cell(cell_id).screenshot())).convert("RGB")
    return time.monotonic(), image.crop((0, 0, image.width, image.height - BORDER))


def record(notebook, cell_id):
    """Runs the cell; returns pictures of it: before, one every INTERVAL while it runs, and at the end."""
    frames = [picture(notebook, cell_id)]
    notebook.run(cell_id)
    notebook.wait_figures(cell_id, 1, lab.BUILD_SECONDS)
    due = time.monotonic()
    while not notebook.is_done(cell_id):
        frames.append(picture(notebook, cell_id))
        now = time.monotonic()
        due = max(due + INTERVAL, now)
        notebook.page.wait_for_timeout(1000 * (due - now))
    return [*frames, picture(notebook, cell_id)]


def durations(times):
    """How many milliseconds each frame is shown, in the hundredths of a second that a GIF counts."""
    scale = TRAINING / (times[-1] - times[1])
    shown = [FIRST] + [scale * (after - before) for before, after in zip(times[1:], times[2:])] + [LAST]
    return [10 * max(round(100 * seconds), 2) for seconds in shown]


def assemble(frames, path):
    """Writes pairs of a time and a picture as a GIF that repeats; all have the size of the largest."""
    times, pictures = zip(*frames)
    size = max(picture.width for picture in pictures), max(picture.height for picture in pictures)
    canvases = [Image.new("RGB", size, "white") for _ in pictures]
    for canvas, one in zip(canvases, pictures):
        canvas.paste(one)
    first, *rest = indexed(canvases)
    first.save(path, save_all=True, append_images=rest, duration=durations(times), loop=0)


def indexed(pictures):
    """The pictures with one palette, the 255 most frequent colours, which leaves one to say "as before"; Pillow's own palettes tint what is white."""
    pixels = [np.asarray(one, np.int32) @ (1 << 16, 1 << 8, 1) for one in pictures]
    colours, counts = np.unique(np.stack(pixels), return_counts=True)
    split = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], 1)
    palette = split[np.argsort(-counts, kind="stable")[:255]]
    nearest = np.array([((palette - colour) ** 2).sum(1).argmin() for colour in split], np.uint8)
    images = [Image.fromarray(nearest[np.searchsorted(colours, one)]) for one in pixels]
    for image in images:
        image.putpalette(palette.astype(np.uint8).tobytes())
    return images


def main(path):
    """Records the cell into the file at path."""
    folder = lab.copy_notebooks("animation")
    # Runs go to the copy, by a path that the cell prints as a reader's own reads: runs/lab/05-simclr.
    with lab.Server(folder, {"JEM_RUNS": "runs"}) as server, lab.open_browser(folder) as browser:
        context, _ = lab.open_context(browser)
        notebook = lab.Notebook(context, server, folder, NOTEBOOK)
        notebook.run(BEFORE)
        notebook.wait_done(BEFORE, lab.BUILD_SECONDS)
        notebook.show(CELL)
        fit(notebook, CELL)
        frames = record(notebook, CELL)
        context.close()
    assemble(frames, path)
    print(f"{path}: {len(frames)} frames, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else lab.REPOSITORY / "docs" / "figures" / "live.gif")
