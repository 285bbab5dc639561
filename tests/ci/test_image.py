"""The container files agree with their schemas and with each other: what can be checked without a container engine."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
SCHEMAS = Path(__file__).parent / "schemas"
DRAFTS = {"compose-spec.json": jsonschema.Draft7Validator, "devContainer.base.schema.json": jsonschema.Draft201909Validator}


def errors(schema, value):
    """What a schema has against a value, a line each."""
    validator = DRAFTS[schema](json.loads((SCHEMAS / schema).read_text()))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def compose():
    return yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())


def devcontainer():
    text = (REPOSITORY / ".devcontainer/devcontainer.json").read_text()
    return json.loads("".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("//")))


def instructions():
    """The Dockerfile's instructions and their arguments, in order."""
    lines = [line for line in (REPOSITORY / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def values(name):
    return [argument for instruction, argument in instructions() if instruction == name]


def test_compose_file_is_valid():
    assert errors("compose-spec.json", compose()) == []


def test_devcontainer_is_valid():
    assert errors("devContainer.base.schema.json", devcontainer()) == []


@pytest.mark.parametrize("schema, value, change", [
    ("compose-spec.json", compose, lambda c: c["services"]["lab"].update(port=[1])),
    ("compose-spec.json", compose, lambda c: c["services"]["lab"].update(init=["yes"])),
    ("compose-spec.json", compose, lambda c: c["services"]["lab-gpu"]["deploy"]["resources"].update(reservation={})),
    ("devContainer.base.schema.json", devcontainer, lambda d: d.update(forwardPorts="8888:8888:8888", build=3)),
    ("devContainer.base.schema.json", devcontainer, lambda d: d.pop("build")),
])
def test_schemas_refuse(schema, value, change):
    changed = value()
    change(changed)
    assert errors(schema, changed)


def test_image_is_pinned_to_the_go_of_the_module():
    (base,) = values("FROM")
    want = re.search(r"^go (\S+)$", (REPOSITORY / "go.mod").read_text(), re.M).group(1)
    assert re.fullmatch(rf"golang:{re.escape(want)}-bookworm@sha256:[0-9a-f]{{64}}", base)


def test_image_does_not_run_as_root():
    names = [name for name, _ in instructions()]
    last = max(i for i, name in enumerate(names) if name == "USER")
    assert instructions()[last][1] == "$NB_USER" and "NB_USER=reader" in values("ARG")
    assert "RUN" in names[last:], "what is installed belongs to the user"


def test_services_are_served_to_this_machine_alone():
    services = compose()["services"]
    assert set(services) == {"lab", "lab-gpu"}
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert not service.get("privileged") and service["cap_drop"] == ["ALL"]
    assert "profiles" not in services["lab"] and services["lab-gpu"]["profiles"] == ["gpu"]
    options = " ".join(values("CMD")) + (REPOSITORY / "scripts/lab.sh").read_text()
    assert not re.search(r"token *=|password", options, re.I), "JupyterLab draws its token"


def test_volumes_are_named_and_lie_where_the_image_has_the_folders():
    (workdir,) = values("WORKDIR")
    home = "/home/reader"
    made = " ".join(values("RUN")).replace("$NB_USER", "reader")
    for service in compose()["services"].values():
        for volume in service["volumes"]:
            name, folder = volume.split(":")
            assert name in compose()["volumes"]
            assert folder.startswith((workdir, home)) and folder in made, f"{folder} would belong to root"


def test_devcontainer_and_binder_have_the_same_image():
    config = REPOSITORY / ".devcontainer"
    build = devcontainer()["build"]
    assert (config / build["dockerfile"]).resolve() == (REPOSITORY / "Dockerfile").resolve()
    assert (config / build["context"]).resolve() == REPOSITORY.resolve()
    assert f"NB_USER={devcontainer()['remoteUser']}" in values("ARG")
    assert (REPOSITORY / ".binder/Dockerfile").resolve() == (REPOSITORY / "Dockerfile").resolve()
    assert {"NB_USER=reader", "NB_UID=1000"} <= set(values("ARG"))


def test_image_has_the_files_that_its_commands_need():
    ignored = (REPOSITORY / ".dockerignore").read_text().split()
    for needed in ("scripts/lab.sh", "scripts/env.sh", "Makefile", "go.mod", "go.sum", "requirements.txt", "requirements-cuda.txt"):
        assert (REPOSITORY / needed).exists() and needed not in ignored and needed.split("/")[0] not in ignored
