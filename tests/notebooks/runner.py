"""Executes a notebook the way a reader would run all its cells, without a browser."""

import os
import signal

import nbclient
import nbformat

CELL_SECONDS = 600  # the first cell compiles the module with XLA


def execute(path, environment, cell_seconds=CELL_SECONDS, coalesce=True):
    """Runs every cell of the notebook at path, in its folder, until one fails; returns it with its outputs, and why it stopped.

    The reason is "" if all cells ran. With coalesce all that a cell prints is one output, at the place of its first line. Nothing of the
    run is left: a process that outlives the kernel is killed.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":  # what is committed is no output of this run, not even of a cell that it skips
            cell.outputs, cell.execution_count = [], None
    groups = []
    client = nbclient.NotebookClient(
        notebook, kernel_name="gonb", timeout=cell_seconds, coalesce_streams=coalesce, record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
        on_notebook_start=lambda notebook: groups.append(client.km.provisioner.pid))  # the kernel leads its process group
    reason = ""
    try:
        # CI: the kernel then gives a compiler's message as text, and no cell waits for a person.
        client.execute(env={**os.environ, **environment, "CI": "true"})
    except nbclient.exceptions.CellTimeoutError:
        reason = f"a cell took more than {cell_seconds} s"
    except (nbclient.exceptions.CellExecutionError, nbclient.exceptions.DeadKernelError) as failure:
        reason = str(failure)
    finally:
        for group in groups:
            end_group(group)
    return notebook, reason


def end_group(group):
    """Kills what is left of a process group."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
