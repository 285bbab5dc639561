"""A reader trains live: the figure moves, stop ends in a summary, a reload loses nothing, another cell follows the run.

Screenshots are left in .cache/tests/browser.
"""

import dataclasses

import nbformat
import pytest

import lab

STOP_SECONDS = 8  # the kernel kills a cell that has not ended 5 s after stop


@dataclasses.dataclass
class Lesson:
    """A notebook with a cell that trains, and one that shows what was trained; cells go by their ids."""

    notebook: str
    train: str
    summary: str  # what the training cell prints once it is stopped (a pattern)
    watch: str
    watched: str  # what the watching cell prints
    before: tuple = ()  # the cells to run first
    states: int = 10  # of the live figure, to be seen before stop is pressed
    edits: tuple = ()  # pairs: in the training cell of the copy, the first text becomes the second

    def edit(self, path):
        """Makes the edits in the notebook at path."""
        notebook = nbformat.read(path, as_version=4)
        cell = next(cell for cell in notebook.cells if cell.id == self.train)
        for old, new in self.edits:
            assert cell.source.count(old) == 1, f"cell {self.train} does not hold {old!r} once:\n{cell.source}"
            cell.source = cell.source.replace(old, new)
        nbformat.write(notebook, path)


# A run of the ci budget, which a loaded machine can do, but far too long to end before stop is pressed.
ENDLESS = (
    ("%%\n", 'import "jemlab/jem/pretrain"\n\n%%\n'),
    ("jem.SimCLR()))", "jem.SimCLR(), func(c *pretrain.Config) { c.Steps = 1_000_000 }))"),
)

LESSONS = [
    Lesson("live.ipynb", train="train", summary=r"interrupted at step (\d+)", watch="watch", watched=r"the run reached step (\d+)",
           before=("declare",)),
    Lesson("05_joint_embedding.ipynb", train="05-10", summary=r"runs/ci/05-simclr: interrupted at step (\d+)",
           watch="05-24", watched=r"runs/ci/05-simclr: interrupted at step (\d+)", before=("05-02",), states=4, edits=ENDLESS),
]

# The smallest notebook with both kinds of cell: a sine that grows, and the step saved in a file.
LIVE = {
    "declare": """
import "github.com/janpfeifer/gonb/gonbui"

func draw(step int) string {
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="220"><polyline fill="none" stroke="#0072b2" points="`
	for x := range step {
		svg += fmt.Sprintf("%d,%.1f ", 10*x, 110-90*math.Sin(float64(x)/5))
	}
	data := base64.StdEncoding.EncodeToString([]byte(svg + `"/></svg>`))
	return `<img src="data:image/svg+xml;base64,` + data + `">`
}
""",
    "train": """
%%
ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
defer stop()
id, step := "live_"+gonbui.UniqueId(), 0
for ; ctx.Err() == nil; step++ {
	gonbui.UpdateHtml(id, draw(step))
	time.Sleep(100 * time.Millisecond)
}
if err := os.WriteFile("live.step", []byte(strconv.Itoa(step)), 0o644); err != nil {
	panic(err)
}
fmt.Println("interrupted at step", step)
gonbui.Sync()
""",
    "watch": """
%%
text, err := os.ReadFile("live.step")
if err != nil {
	panic(err)
}
step, _ := strconv.Atoi(string(text))
gonbui.DisplayHtml(draw(step))
fmt.Println("the run reached step", step)
gonbui.Sync()
""",
}


@pytest.fixture(scope="module", autouse=True)
def live(folder):
    """Writes live.ipynb into the copy."""
    cells = [nbformat.v4.new_code_cell(source.strip(), id=cell_id) for cell_id, source in LIVE.items()]
    kernel = {"name": "gonb", "display_name": "Go (gonb)", "language": "go"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / "notebooks" / "live.ipynb")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.notebook)
def test_train_stop_reload_watch(open_notebook, folder, lesson):
    lesson.edit(folder / "notebooks" / lesson.notebook)
    notebook = open_notebook(lesson.notebook)
    for cell_id in lesson.before:
        notebook.run(cell_id)
        notebook.wait_done(cell_id, lab.BUILD_SECONDS)
    notebook.run(lesson.train)
    notebook.wait_figures(lesson.train, 1, lab.BUILD_SECONDS)
    notebook.wait_figures(lesson.train, lesson.states, 120)
    notebook.screenshot("1-training")

    notebook.stop()
    reached = notebook.wait_text(lesson.train, lesson.summary, STOP_SECONDS)
    notebook.wait_done(lesson.train, STOP_SECONDS)
    assert "signal:" not in notebook.output(lesson.train).inner_text(), "the cell was killed, it did not stop by itself"
    notebook.output(lesson.train).scroll_into_view_if_needed()
    notebook.screenshot("2-stopped")

    notebook.save()
    notebook.reload()
    notebook.show(lesson.train)
    assert notebook.wait_text(lesson.train, lesson.summary, 20).groups() == reached.groups()
    notebook.wait_figures(lesson.train, 1, 20)
    notebook.screenshot("3-reloaded")

    notebook.run(lesson.watch)
    watched = notebook.wait_text(lesson.watch, lesson.watched, lab.BUILD_SECONDS)
    assert watched.groups() == reached.groups(), "the watching cell tells of another step than the one that was saved"
    notebook.wait_figures(lesson.watch, 1, 20)
    notebook.output(lesson.watch).scroll_into_view_if_needed()
    notebook.screenshot("4-watched")


def test_other_hosts_are_refused(browser, server):
    """The harness sees and refuses what a page asks of other hosts, and knows a served file from that."""
    context, refused = lab.open_context(browser)
    page = context.new_page()
    page.goto(f"{server.url}/lab?token={server.token}")
    for address in ("https://example.org/plotly.js", "http://localhost.example.org/", "ws://example.org/socket"):
        with pytest.raises(Exception, match="Failed to fetch|refused"):
            page.evaluate("""address => address.startsWith("ws")
                ? new Promise((_, reject) => { new WebSocket(address).onerror = () => reject(new Error("refused")) })
                : fetch(address)""", address)
    context.close()
    assert refused == ["https://example.org/plotly.js", "http://localhost.example.org/", "ws://example.org/socket"]
