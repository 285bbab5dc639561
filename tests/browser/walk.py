"""Walks through notebooks in JupyterLab as a reader does, cell by cell, and says what looks wrong. Run it by scripts/env.sh.

Cells run at the budget of JEM_BUDGET (lab if it is not set), in a copy of notebooks/ whose runs are kept apart; with --runs they go on
from a copy of the runs in a folder. --out holds a picture of every output and of the page from top to bottom. It ends with 1 if an output
is an error, is clipped, shows raw text, lacks the figure that the cell promises or collapses while it is redrawn, if a formula is not set,
or if the page complains in its console.
"""

import argparse
import json
import os
import re
import shutil
import sys
import time
from pathlib import Path

import lab

PAGE = 8000  # the greatest height of a picture of the page, in pixels
RAW = re.compile(r"</?(svg|img|div|span|style|table)\b|data:image/|%!\w?\(|\x1b\[|\\(frac|mathrm|sum|log)\b")
STDERR = "[data-mime-type='application/vnd.jupyter.stderr']"

# The heights of a cell's outputs, as they are painted: ResizeObserver is called between layout and paint.
WATCH = """area => {
    const seen = {tallest: 0, collapses: []};
    new ResizeObserver(entries => {
        const height = entries.at(-1).contentRect.height;
        if (height < 0.5 * seen.tallest) seen.collapses.push([Math.round(seen.tallest), Math.round(height)]);
        seen.tallest = Math.max(seen.tallest, height);
    }).observe(area);
    window.walkSeen = seen;
}"""

# What is wider than its place, or reaches out of it, but for what we let a reader scroll.
CLIPPED = """area => {
    const right = area.getBoundingClientRect().right, found = [];
    for (const element of [area, ...area.querySelectorAll(":not(mjx-container *)")]) {
        if (element.closest("[style*='overflow-x']")) continue;
        const name = element.tagName.toLowerCase() + (typeof element.className == "string" ? "." + element.className.split(" ")[0] : "");
        if (getComputedStyle(element).display != "inline" && element.clientWidth && element.scrollWidth > element.clientWidth + 1)
            found.push(`${name} is ${element.scrollWidth} px wide in ${element.clientWidth}`);
        else if (element.getBoundingClientRect().right > right + 1)
            found.push(`${name} ends ${Math.round(element.getBoundingClientRect().right - right)} px too far right`);
    }
    return found;
}"""

BROKEN = "area => [...area.querySelectorAll('img')].filter(image => !image.complete || !image.naturalWidth).length"


class Walk:
    """One notebook; complaints are gathered in faults."""

    def __init__(self, notebook, cells, out):
        self.notebook, self.cells, self.out, self.faults = notebook, cells, out, []

    def fault(self, cell_id, text):
        """Notes what is wrong, and says it."""
        self.faults.append(text)
        print(f"  {cell_id}: {text}", flush=True)

    def code(self, cell, seconds):
        """Runs a cell and looks at its outputs."""
        cell_id, area = cell["id"], self.notebook.output(cell["id"])
        self.notebook.show(cell_id)
        if (hidden := self.notebook.cell(cell_id).locator(".jp-InputPlaceholder")).count():
            hidden.click()  # a solution
        area.evaluate(WATCH)
        start = time.monotonic()
        self.notebook.run(cell_id, "Control+Enter")
        try:
            self.notebook.wait_done(cell_id, seconds)
        except AssertionError as failure:
            self.fault(cell_id, str(failure)[:2000])
            if not self.notebook.output(cell_id).locator(lab.ERROR).count():
                self.notebook.stop()
        self.notebook.page.wait_for_timeout(500)  # the last outputs are drawn
        print(f"  {cell_id}: {time.monotonic() - start:.1f} s, {area.locator(lab.FIGURE).count()} figures", flush=True)
        for old, new in self.notebook.page.evaluate("window.walkSeen.collapses"):
            self.fault(cell_id, f"collapses from {old} to {new} px while it is redrawn")
        if area.inner_text() or area.locator("img").count():
            area.screenshot(path=self.out / f"{cell_id}.png")
        self.output(cell, area)

    def output(self, cell, area):
        """Looks at what a cell shows."""
        cell_id = cell["id"]
        for text in area.locator(STDERR).all_inner_texts():
            self.fault(cell_id, f"stderr: {text[:2000]}")
        if "expects: figure" in cell["metadata"].get("tags", []) and not area.locator(lab.FIGURE).count():
            self.fault(cell_id, "no figure")
        self.look(cell_id, area)

    def prose(self, cell):
        """Looks at a cell of text."""
        self.notebook.show(cell["id"])
        text = self.notebook.cell(cell["id"]).locator(".jp-MarkdownOutput")
        text.wait_for(timeout=20_000)
        self.notebook.page.wait_for_timeout(300)  # formulas are set
        if text.locator("mjx-merror").count():
            self.fault(cell["id"], "a formula that MathJax does not understand")
        self.look(cell["id"], text)

    def look(self, cell_id, area):
        """What holds for outputs and text alike."""
        if raw := RAW.search(area.inner_text()):
            self.fault(cell_id, f"raw text: {area.inner_text()[max(0, raw.start() - 40):raw.end() + 40]!r}")
        if count := area.evaluate(BROKEN):
            self.fault(cell_id, f"{count} pictures are not shown")
        for text in area.evaluate(CLIPPED):
            self.fault(cell_id, text)

    def whole(self):
        """Pictures of the notebook from top to bottom."""
        page = self.notebook.page
        outer, size = page.locator(".jp-WindowedPanel-outer").last, page.viewport_size
        height = outer.evaluate("panel => panel.scrollHeight")
        page.set_viewport_size({**size, "height": min(height + 200, PAGE)})
        page.wait_for_timeout(1000)
        for i in range(-(-height // outer.evaluate("panel => panel.clientHeight"))):
            outer.evaluate("(panel, i) => { panel.scrollTop = i * panel.clientHeight }", i)
            page.wait_for_timeout(1000)
            outer.screenshot(path=self.out / f"page-{i + 1}.png")
        page.set_viewport_size(size)


def walk(context, server, folder, name, out, seconds):
    """Walks through one notebook; returns what is wrong."""
    print(name, flush=True)
    out.mkdir(parents=True, exist_ok=True)
    cells = json.loads((folder / "notebooks" / name).read_text())["cells"]
    notebook = lab.Notebook(context, server, folder, name)
    notebook.screenshots = out
    one = Walk(notebook, cells, out)
    notebook.page.on("console", lambda message: message.type == "error" and one.fault("console", message.text))
    notebook.page.on("pageerror", lambda error: one.fault("console", str(error)))
    for cell in cells:
        if cell["cell_type"] == "code":
            one.code(cell, seconds)
        else:
            one.prose(cell)
    one.whole()
    return one.faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path, help="those of notebooks/ if none is named")
    parser.add_argument("--out", type=Path, required=True, help="the folder for the pictures")
    parser.add_argument("--runs", type=Path, help="a folder of runs (runs, say): what is finished there is shown, not trained anew")
    parser.add_argument("--seconds", type=float, default=1800, help="the longest that a cell may take")
    options = parser.parse_args()
    top = lab.REPOSITORY / "notebooks"
    names = [path.resolve().relative_to(top) for path in options.notebooks or sorted(top.glob("*.ipynb"))]
    folder, faults = lab.copy_notebooks("walk"), []
    runs = folder / "runs"
    if options.runs:
        budget = os.environ.get("JEM_BUDGET", "lab")
        shutil.copytree(options.runs / budget, runs / budget)
    with lab.open_browser(folder) as browser:
        for name in names:
            context, refused = lab.open_context(browser)
            with lab.Server(folder, {"JEM_RUNS": str(runs)}) as server:  # a new one, so that no kernel of the last notebook is left
                faults += walk(context, server, folder, str(name), options.out / name.with_suffix(""), options.seconds)
                faults += [f"the page asked for {address}" for address in refused]
                context.close()
    sys.exit(f"{len(faults)} faults" if faults else 0)


if __name__ == "__main__":
    main()
