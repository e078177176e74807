"""What of the image can be said without building one: what goes in, what it may write, how it is asked for its health.

That what is built runs is for test_deploy: it builds the same environment and the same folder.
"""

import ast
import json
import re
import sys
from importlib.metadata import packages_distributions

import pytest
from packaging.utils import canonicalize_name

from tests.deploy.composed import compose
from tests.deploy.shipped import DOCKERFILE, instructions, shipped_files
from tests.packaging.locks import PYTHONS, locked
from tests.sandbox_process import ROOT


def test_the_base_is_a_release_that_is_tested():
    base, traces = instructions(DOCKERFILE.read_text(), "ARG")
    assert traces == "TRACES=", "not without being asked for"
    found = re.fullmatch(r"BASE=python:(\d+\.\d+)\.\d+-slim-[a-z]+", base)
    assert found, "a patch release of CPython on a named release of Debian"
    assert found[1] in PYTHONS
    assert re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(), re.MULTILINE) == ["${BASE}", "${BASE}"]


def test_nobody_but_root_owns_what_is_run():
    """Of what is copied in nothing is given away; only the folder that is written to, later."""
    text = DOCKERFILE.read_text()
    assert "--chown" not in text
    assert re.findall(r"chown (\S+ \S+ \S+)", text) == ["-R console:console var"]
    assert re.search(r"chmod -R go-w /app", text)
    [user] = instructions(text, "USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user), "a number, so that Kubernetes sees that it is not root"
    assert text.index("\nUSER ") > text.rindex("\nRUN ")


def test_the_image_is_asked_what_compose_asks_web():
    [check] = instructions(DOCKERFILE.read_text(), "HEALTHCHECK")
    asked = json.loads(check.partition(" CMD ")[2])
    assert ["CMD", *asked] == compose()["web"]["healthcheck"]["test"]


def test_every_service_has_a_health_check_of_its_own():
    """One that has none would be asked what the image asks, which only web can answer."""
    for name, service in compose().items():
        check = service.get("healthcheck", {})
        assert check.get("disable") if name == "migrate" else check.get("test"), name


def installing(text: str, python: str, pip: str) -> list[str]:
    """The lines of a document or a Dockerfile that install, with one name for the environment."""
    lines = re.findall(rf"(?:{re.escape(python)} -m venv|{re.escape(pip)} install)[^\n]*", text.replace(" \\\n", "\n"))
    return [
        line.replace(python, "python").replace(pip, "pip").replace(" --no-cache-dir", "").split(" -m venv")[0]
        for line in lines
    ]


def test_the_document_installs_as_the_image_does():
    lines = installing((ROOT / "docs" / "deploy.md").read_text(), "python3", ".venv/bin/pip")
    *document, traces = dict.fromkeys(lines)  # an upgrade installs in the same way
    assert len(lines) == 2 * len(document) + 1
    *image, on_demand = installing(DOCKERFILE.read_text(), "python", "/venv/bin/pip")
    assert document == image
    assert len(document) == 3
    assert on_demand == f"{traces}; fi"


def test_what_is_not_for_the_image_stays_outside():
    rooms = {name.partition("/")[0] for name in shipped_files()}
    assert {"console", "images", "templates", "static", "manage.py", "requirements.lock"} <= rooms
    assert not rooms & {"tests", "docs", "var", ".git", ".venv", ".env", ".ci"}


def imported() -> dict[str, set[str]]:
    """Top-level names that shipped modules import, anywhere in them → those modules."""
    names: dict[str, set[str]] = {}
    for module in (name for name in shipped_files() if name.endswith(".py")):
        for node in ast.walk(ast.parse((ROOT / module).read_text())):
            if isinstance(node, ast.Import):
                found = [alias.name for alias in node.names]
            else:
                found = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            for name in found:
                names.setdefault(name.partition(".")[0], set()).add(module)
    return names


def test_shipped_code_imports_only_what_is_shipped():
    """Late imports, too: in the suite's own environment each of them would be found."""
    at_hand = sys.stdlib_module_names | {"console", "images"}
    ships = {one.name for one in locked("requirements.lock")}
    owners = packages_distributions()
    names = imported()
    assert names.pop("opentelemetry") == {"console/spans.py", "console/traces.py"}, "only where somebody wants traces"
    missing = {
        name: modules
        for name, modules in names.items()
        if name not in at_hand and not {canonicalize_name(owner) for owner in owners.get(name, [])} & ships
    }
    assert not missing


@pytest.mark.parametrize("package", ["redis", "amqp", "psycopg", "psycopg-binary", "gunicorn"])
def test_what_is_loaded_by_its_name_is_shipped(package):
    """No import of ours names these: Celery and Django do, for the addresses that docs/deploy.md tells."""
    assert package in {one.name for one in locked("requirements.lock")}
