"""What a notebook must satisfy: functions from a notebook (the file's JSON) to sentences, one a breach; none means that it passes.

A cell that must show a figure carries the tag `expects: figure`, or that key and value in its metadata.
"""

import base64
import hashlib
import json
import re

LONGEST_CELL = 20  # lines
LARGEST = 1_000_000  # bytes of a notebook with its outputs
LINK = re.compile(r"(?<!\\)\]\((?!\w+:|#)([^)\s]*)\)")  # to a file of the repository
IMAGE = re.compile(r"data:image/([\w+.-]+);base64,([\w+/=]*)")
MACHINE = re.compile(r"(?<![\w<./-])/(?:tmp|home|work|root|Users|var|private|mnt)\b[^\s\"'<]*|file://|(?:127\.0\.0\.1|localhost):\d+")
BAD_STDERR = ("exit status", "unknown or not implemented")  # what gonb prints where a shell command or a %magic fails


def text(value):
    """A string that the file may hold as a list of lines."""
    return value if isinstance(value, str) else "".join(value)


def fingerprint(said):
    """A hash of a text, by which what was made from it is known to be of this text."""
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def of_code(notebook):
    """The fingerprint of all code of a notebook; a notebook with outputs keeps, as `outputs_of` in its metadata, that of the code that was run."""
    return fingerprint(json.dumps([text(cell["source"]) for _, cell in code_cells(notebook)]))


def code_cells(notebook):
    """The code cells, each with the name that sentences give it."""
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] == "code":
            yield f"cell {number} ({cell.get('id', 'no id')})", cell


def expects_figure(cell):
    """Whether the cell says that it shows a figure."""
    metadata = cell.get("metadata", {})
    return metadata.get("expects") == "figure" or "expects: figure" in metadata.get("tags", [])


def shows_figure(cell):
    """Whether an output is an image, or HTML with the image's data inside (anything else is stripped from an untrusted notebook)."""
    for output in cell["outputs"]:
        data = output.get("data", {})
        if any(mime.startswith("image/") for mime in data):
            return True
        html = text(data.get("text/html", ""))
        if "<img" in html and 'src="data:image/' in html:
            return True
    return False


def written(notebook, forbidden=()):
    """The rules for the file as it is committed; no output may hold a text of forbidden (paths of the machine that ran it)."""
    found = []
    ids = [cell.get("id") for cell in notebook["cells"]]
    if (notebook["nbformat"], notebook["nbformat_minor"]) < (4, 5) or None in ids:
        found.append("cells without an id: every tool that opens the file makes up others (save it as nbformat 4.5)")
    elif len(set(ids)) < len(ids):
        found.append("two cells have the same id")
    if notebook["metadata"].get("kernelspec", {}).get("name") != "gonb":
        found.append("its kernel is not gonb")
    if not any(expects_figure(cell) for _, cell in code_cells(notebook)):
        found.append("no cell has the tag `expects: figure`")
    for name, cell in code_cells(notebook):
        lines = len(text(cell["source"]).splitlines())
        if lines > LONGEST_CELL:
            found.append(f"{name} has {lines} lines, {LONGEST_CELL} are allowed: move code into the module")
        said = "\n".join(map(words, cell["outputs"]))
        found += [f"{name} shows a path or an address of the machine that ran it: {part}"
                  for part in {*MACHINE.findall(said), *(part for part in forbidden if part in said)}]
    if (size := len(as_file(notebook).encode())) >= LARGEST:
        found.append(f"it takes {size} bytes, it must be under {LARGEST}")
    return found


def as_file(notebook):
    """The text of a notebook's file."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def words(output):
    """What an output says in words, those of its SVG images too; the bytes of other images may look like anything."""
    data = {kind: text(value) for kind, value in output.get("data", {}).items() if kind == "image/svg+xml" or not kind.startswith("image/")}
    said = "\n".join([text(output.get("text", "")), *data.values()])
    drawn = [base64.b64decode(code).decode() for kind, code in IMAGE.findall(said) if kind == "svg+xml"]
    return IMAGE.sub("", "\n".join([said, *drawn]))


def strays(notebook, folder):
    """The rule for links to files: a notebook that lies in folder leads to files that are there, and to notebooks of its own folder only."""
    prose = [re.sub("`[^`]*`", "", text(cell["source"])) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    targets = [target for cell in prose for target in LINK.findall(cell)]
    found = [f"its link leads nowhere: {target}" for target in targets if not (folder / target.partition("#")[0]).is_file()]
    return found + [f"its link leads to another folder's notebook: {target}" for target in targets if "/" in target and ".ipynb" in target]


def executed(notebook):
    """The rules for what a run leaves behind."""
    found = []
    for name, cell in code_cells(notebook):
        if cell.get("execution_count") is None:
            found.append(f"{name} was not executed")
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                found.append(f"{name} failed: {output['evalue']}\n" + "\n".join(output["traceback"]))
            if output.get("name") == "stderr" and any(bad in text(output["text"]) for bad in BAD_STDERR):
                found.append(f"{name} reports a failed command: {text(output['text']).strip()}")
        if expects_figure(cell) and not shows_figure(cell):
            found.append(f"{name} shows no figure")
    return found


def outputs(notebook):
    """The rules for committed outputs: of all cells, in one go, and of the code that stands there."""
    counts = [cell.get("execution_count") for _, cell in code_cells(notebook)]
    found = executed(notebook)
    if None not in counts and counts != [*range(1, len(counts) + 1)]:
        found.append("its cells were not executed in one go, from the first to the last")
    if notebook["metadata"].get("outputs_of") != of_code(notebook):
        found.append("its outputs are of other code")
    return found
