"""A sandbox of their own, a synchronised project, and a carrier in this process."""

import uuid

import pytest

from images.cache.models.image import Image
from images.cache.services.sync import sync_holder
from images.operations.enums import ActionKind
from images.operations.services import Target, executor, next_steps, submit, write
from tests.clouds.projects import project_of
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
    monkeypatch.setattr(executor, "TICK", 0.05)
    monkeypatch.setattr(next_steps, "SETTLE", 0.2)
    monkeypatch.setattr("images.operations.services.results.SETTLE", 0.2)
    monkeypatch.setattr("images.operations.services.results._MAKING", 0.2)
    monkeypatch.setattr(next_steps, "backoff", lambda _attempts: 0.1)
    monkeypatch.setattr(next_steps, "PAUSE", 0.3)
    monkeypatch.setattr("images.operations.services.jobs.QUICKEST", 0.1)


@pytest.fixture
def ask(operator, project):
    """Asks for an act on images of the project (or on one to come)."""

    def asked(kind: ActionKind, *images: Image, name: str = "", item=None, **parameters):
        targets = [Target(project, image, image.name, item or {}) for image in images]
        targets = targets or [Target(project, None, name, item or {})]
        asked = {"actor": operator, "kind": kind, "targets": targets, "parameters": parameters, "key": uuid.uuid4().hex}
        # answers to what is shared follow from decisions (incoming/services), nobody asks for them
        return write(**asked, projects=[project]) if kind == ActionKind.ANSWER else submit(**asked)

    return asked


def carried(operation, seconds: float = 60.0):
    """The operation after a carrier has worked until nothing was left to do."""
    executor.execute(seconds)
    operation.refresh_from_db()
    return operation
