"""Executes notebooks at the lab budget and keeps in their files what the cells show. `make outputs` calls it.

Its arguments are the numbers of the notebooks, none for all. Runs and claims that are finished in runs/lab are read, others are trained.
After an English notebook comes its French one, whose figures are French. A notebook of which a cell fails or an output breaks a rule
stays as it was; the command then ends with 1 and a list.
"""

import json
import re
import sys
import time

import nbformat

import pair
import rules
import runner

REPOSITORY = pair.NOTEBOOKS.parent
ENVIRONMENT = {"JEM_BUDGET": "lab", "JEM_RUNS": str(REPOSITORY / "runs")}
CELL_SECONDS = 7200  # a cell may train, or measure a claim


def renew(path):
    """Executes the notebook at path and writes it with its outputs; returns why it did not, a sentence a breach."""
    before = path.read_text()
    executed, reason = runner.execute(path, ENVIRONMENT, CELL_SECONDS, coalesce=False)
    ran = json.loads(nbformat.writes(executed))
    if breaches := [reason] if reason else rules.executed(ran):
        return breaches
    notebook = with_outputs(json.loads(before), ran)
    if breaches := rules.written(notebook, forbidden=[str(REPOSITORY)]) + rules.outputs(notebook):
        return breaches
    if path.read_text() != before:
        return ["it was changed while it was executed"]
    pair.write(path, rules.as_file(notebook))
    return []


def with_outputs(notebook, ran):
    """The notebook with the outputs of its executed copy, and with nothing else of it."""
    for (_, cell), (_, other) in zip(rules.code_cells(notebook), rules.code_cells(ran), strict=True):
        cell["execution_count"], cell["outputs"] = other["execution_count"], tidy(other["outputs"])
    notebook["metadata"]["outputs_of"] = rules.of_code(notebook)
    return notebook


def tidy(outputs):
    """The outputs that a reader wants: not those of stderr, what is printed in one go as one, and of a line that was overwritten its end."""
    kept = []
    for output in outputs:
        if output["output_type"] != "stream":
            kept.append(output)
        elif output["name"] == "stdout":
            printed = rules.text(output["text"])
            if kept and kept[-1]["output_type"] == "stream":
                printed = rules.text(kept.pop()["text"]) + printed
            kept.append({**output, "text": re.sub(r".*\r(?=.)", "", printed).splitlines(keepends=True)})
    return kept


def main(numbers):
    """Renews the notebooks of those numbers, or all; returns the breaches."""
    names = [path.name for path in sorted(pair.NOTEBOOKS.glob("*.ipynb"))]
    if unknown := [number for number in numbers if not any(name.startswith(f"{number}_") for name in names)]:
        return [f"no notebook has the number {', '.join(unknown)}"]
    found = []
    for name in names:
        if numbers and name.partition("_")[0] not in numbers:
            continue
        for path in (pair.NOTEBOOKS / name, pair.NOTEBOOKS / "fr" / name):
            if not path.exists():
                continue
            begin = time.monotonic()
            breaches = renew(path)
            print(f"{path.relative_to(REPOSITORY)}: {time.monotonic() - begin:.0f} s", flush=True)
            found += [f"{path.relative_to(REPOSITORY)}: {breach}" for breach in breaches]
            if breaches:
                break  # the French one would fail as well
    return found


if __name__ == "__main__":
    if breaches := main(sys.argv[1:]):
        sys.exit("\n".join(breaches))
