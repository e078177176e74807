"""A sandbox of their own, a synchronised project, and a carrier in this process."""

import uuid

import pytest

from images.enums import ActKind
from images.models import Image
from images.services.operations import Target, carrier, judging, submit, write
from images.services.sync import sync_holder
from tests.clouds import project_of
from tests.conftest import person
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory):
    with SandboxProcess(tmp_path_factory.mktemp("operations"), images=200) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox):
    yield shared_sandbox
    shared_sandbox.clear_faults()


@pytest.fixture
def project(sandbox, transactional_db):
    project = project_of(sandbox)
    sync_holder(project)
    project.refresh_from_db()
    return project


@pytest.fixture
def operator(transactional_db):
    return person("operator", is_staff=True)


@pytest.fixture
def quick(monkeypatch, settings):
    """Waits of milliseconds where people would wait for seconds."""
    monkeypatch.setattr(judging, "SETTLE", 0.2)
    monkeypatch.setattr(carrier, "SETTLE", 0.2)
    monkeypatch.setattr("images.services.operations.reporting.SETTLE", 0.2)
    monkeypatch.setattr("images.services.operations.reporting._MAKING", 0.2)
    monkeypatch.setattr(judging, "backoff", lambda _attempts: 0.1)
    monkeypatch.setattr(judging, "PAUSE", 0.3)
    monkeypatch.setattr("images.services.operations.following.QUICKEST", 0.1)


@pytest.fixture
def ask(operator, project):
    """Asks for an act on images of the project (or on one to come)."""

    def asked(kind: ActKind, *images: Image, name: str = "", item=None, **parameters):
        targets = [Target(project, image, image.name, item or {}) for image in images]
        targets = targets or [Target(project, None, name, item or {})]
        asked = {"actor": operator, "kind": kind, "targets": targets, "parameters": parameters, "key": uuid.uuid4().hex}
        # answers to what is shared follow from decisions (services/shares), nobody asks for them
        return write(**asked, projects=[project]) if kind == ActKind.ANSWER else submit(**asked)

    return asked


def carried(operation, seconds: float = 60.0):
    """The operation after a carrier has worked until nothing was left to do."""
    carrier.carry(seconds)
    operation.refresh_from_db()
    return operation
