"""JupyterLab as a reader has it: started by scripts/lab.sh, looked at through a real Chromium that reaches no other host."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

REPOSITORY = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
FIGURE = "img[src^='data:image/']"
ERROR = "[data-mime-type='application/vnd.jupyter.error']"
START_SECONDS = 180  # until JupyterLab serves, shows a notebook and has a kernel: some on an idle machine
BUILD_SECONDS = 300  # the first cell that imports the module links it with XLA


def copy_notebooks(name):
    """Makes .cache/tests/name anew with a copy of notebooks/: in the module, but neither the committed files nor a reader's runs.

    The copy has no outputs: nobody is to take committed ones for those of a cell that was run.
    """
    folder = REPOSITORY / ".cache" / "tests" / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(REPOSITORY / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for path in (folder / "notebooks").rglob("*.ipynb"):
        notebook = json.loads(path.read_text())
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell.update(outputs=[], execution_count=None)
        path.write_text(json.dumps(notebook))
    return folder


@contextlib.contextmanager
def open_browser(folder):
    """Chromium without a window, and with a HOME of its own."""
    if not Path(CHROMIUM).exists():
        raise FileNotFoundError(f"{CHROMIUM} is missing: sudo apt-get install -y chromium, or name another in CHROMIUM")
    home = str(folder / "home")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS,
                                             env={**os.environ, "HOME": home, "XDG_CONFIG_HOME": home})
        yield browser
        browser.close()


class Server:
    """JupyterLab over folder/notebooks, in a process group of its own; a context manager, which stops it."""

    def __init__(self, folder, environment):
        self.log = folder / "lab.log"
        environment = {**os.environ, **environment, "LAB_ROOT": str(folder), "PORT": "0",
                       "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces")}  # which tabs are open: not the reader's
        environment.pop("CI", None)  # cells must behave as they do for a reader
        with self.log.open("w") as log:
            self.process = subprocess.Popen([REPOSITORY / "scripts" / "lab.sh", "--no-browser"], env=environment,
                                            stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self.url, self.token = self.wait()

    def wait(self, seconds=START_SECONDS):
        """The address and the token that JupyterLab prints once it serves."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if found := re.search(r"(http://127\.0\.0\.1:\d+)/\S*\?token=(\w+)", self.log.read_text()):
                return found.groups()
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"JupyterLab did not start:\n{self.log.read_text()}")

    def stop(self):
        """Ends JupyterLab and its kernels."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def is_local(url):
    """Whether an address stays on this machine."""
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about", "chrome-error") or parts.hostname == "127.0.0.1"


def open_context(browser):
    """A fresh browser profile, and the list that gathers every address outside this machine that a page asks for (all refused)."""
    refused = []
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, service_workers="block")

    def watch(page):
        page.on("websocket", lambda socket: is_local(socket.url) or refused.append(socket.url))
        page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?" at a reload

    def guard(route):
        if is_local(route.request.url):
            route.continue_()
        else:
            refused.append(route.request.url)
            route.abort()

    context.on("page", watch)
    context.route("**/*", guard)
    return context, refused


class Notebook:
    """A notebook of folder/notebooks, open in JupyterLab; its cells go by their ids."""

    def __init__(self, context, server, folder, name):
        self.page, self.name, self.screenshots = context.new_page(), name, folder
        self.ids = [cell["id"] for cell in json.loads((folder / "notebooks" / name).read_text())["cells"]]
        self.kernel_answers = False
        self.page.on("websocket", lambda socket: socket.on("framereceived", self.hear))
        workspace = Path(name).stem  # its own, else JupyterLab opens the notebooks of earlier tests beside it
        self.page.goto(f"{server.url}/lab/workspaces/{workspace}/tree/notebooks/{name}?token={server.token}", timeout=1000 * START_SECONDS)
        self.wait_ready()

    def hear(self, frame):
        """Notes that the page's kernel has answered; JupyterLab forgets a cell that was run before."""
        self.kernel_answers |= b"kernel_info_reply" in (frame if isinstance(frame, bytes) else frame.encode())

    def wait_ready(self):
        """Waits until the cells are shown and their kernel answers."""
        self.page.locator(".jp-Notebook .jp-Cell").nth(len(self.ids) - 1).wait_for(state="attached", timeout=1000 * START_SECONDS)
        self.wait(lambda: self.kernel_answers, "the kernel does not answer", START_SECONDS)

    def cell(self, cell_id):
        """The cell as a locator."""
        return self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{self.ids.index(cell_id)}']")

    def output(self, cell_id):
        """The cell's outputs as a locator."""
        return self.cell(cell_id).locator(".jp-Cell-outputArea")

    def show(self, cell_id):
        """Scrolls to the cell: JupyterLab draws one that was never in view only then."""
        self.cell(cell_id).scroll_into_view_if_needed()

    def run(self, cell_id, keys="Shift+Enter"):
        """Presses Shift-Enter, or other keys, in the cell."""
        editor = self.cell(cell_id).locator(".cm-content")
        editor.scroll_into_view_if_needed()
        editor.click()
        self.page.keyboard.press(keys)

    def check(self, cell_id):
        """Fails if the cell has."""
        assert not self.output(cell_id).locator(ERROR).count(), f"cell {cell_id} failed:\n{self.output(cell_id).inner_text()}"

    def is_done(self, cell_id):
        """Whether the cell has run: its prompt is a number, neither empty nor [*]. Fails if it has."""
        self.check(cell_id)
        return bool(re.fullmatch(r"\[\d+\]:", self.cell(cell_id).locator(".jp-InputPrompt").first.inner_text()))

    def wait_done(self, cell_id, seconds):
        """Waits until the cell has run."""
        self.wait(lambda: self.is_done(cell_id), f"cell {cell_id} did not end", seconds)

    def wait_text(self, cell_id, pattern, seconds):
        """Waits for an output that matches; returns the match."""
        return self.wait(lambda: re.search(pattern, self.output(cell_id).inner_text()),
                         f"cell {cell_id} does not print {pattern!r}", seconds)

    def wait_figures(self, cell_id, count, seconds):
        """Waits until the cell's figure has been seen in count different states; returns them."""
        seen = []

        def look():
            self.check(cell_id)
            for image in self.output(cell_id).locator(FIGURE).all():
                source = image.get_attribute("src")
                if source not in seen:
                    seen.append(source)
            return len(seen) >= count

        self.wait(look, f"cell {cell_id} does not show {count} states of a figure", seconds)
        return seen

    def wait(self, condition, complaint, seconds):
        """Waits until the condition is true; fails with the complaint and a screenshot."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if result := condition():
                return result
            self.page.wait_for_timeout(50)
        shown = "\n".join(self.output(cell_id).inner_text() for cell_id in self.ids if self.output(cell_id).count())
        raise AssertionError(f"{complaint} within {seconds} s (see {self.screenshot('failed')}); outputs:\n{shown}")

    def stop(self):
        """Presses the toolbar's stop button."""
        self.page.locator(".jp-NotebookPanel-toolbar [data-command='notebook:interrupt-kernel']").click()

    def save(self):
        """Presses the toolbar's save button, and waits until it is done."""
        self.page.locator(".jp-NotebookPanel-toolbar [data-command='docmanager:save']").click()
        self.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)").wait_for(timeout=20_000)

    def reload(self):
        """Reloads the page, as a reader does."""
        self.kernel_answers = False
        self.page.reload()
        self.wait_ready()

    def screenshot(self, name):
        """Writes a picture of the page; returns its path."""
        path = self.screenshots / f"{Path(self.name).stem}-{name}.png"
        self.page.screenshot(path=path)
        return path
