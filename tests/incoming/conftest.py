"""A project of ours, somebody who shares with it, and people who decide."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from images.access.enums import Role
from images.cache.models.image import Image
from images.clouds.models import Project
from images.incoming.models import IncomingShare
from images.incoming.services import due, policies
from tests import factories
from tests.conftest import person

OWNER = "e" * 32


def offer(project: Project, *numbers: int, status: str = "pending", **attributes) -> list[IncomingShare]:
    """Images that OWNER shares with the project, as a synchronisation brings them; judged by the policy."""
    defaults = {"visibility": "shared", "__imagetype": "shared", "status": "active"}
    documents = [factories.document(n, OWNER) | defaults | attributes for n in numbers]
    factories.put(project, *documents, member_status=status)
    due.work_due()
    return [
        IncomingShare.objects.present().select_related("project").get(project=project, image_id=one["id"])
        for one in documents
    ]


def revoke(project: Project, share: IncomingShare) -> None:
    """As a synchronisation sees it."""
    factories.put(project, gone=tuple(Image.objects.filter(image_id=share.image_id).values_list("pk", flat=True)))


@pytest.fixture
def ours(db) -> Project:
    project = factories.project("eu-west-0_ours")
    factories.put(project)
    return project


@pytest.fixture
def ada(db):
    return person("ada", Role.APPROVER)


@pytest.fixture
def ben(db):
    return person("ben", Role.APPROVER)


@pytest.fixture
def policy(admin, ours) -> Callable[..., None]:
    """policy(approvals=2, …) puts a version of our policy in force."""

    def put(project: Project = ours, **terms) -> None:
        before = policies.policy_of(project)
        seen = before.version if before else 0
        policies.save_policy(actor=admin, project=project, terms=terms, seen_version=seen)
        due.work_due()

    return put


def fill(project: Project, count: int, first: int = 0) -> None:
    """So many requests at once, without images in the cache; `first`: the minute in which the first came."""
    now = timezone.now()
    text = json.dumps(factories.document(1, OWNER))
    IncomingShare.objects.bulk_create(
        (
            IncomingShare(
                project=project, image_id=f"{number:036d}", name=f"image-{number:06d}", owner=f"{number % 40:032d}",
                os_type="Linux", os_version="Ubuntu 22.04 server 64bit", size=number * 1_000_003, document=text,
                member_status="pending", policy_version=0, first_seen_at=now - timedelta(minutes=first + number),
                waiting_since=now - timedelta(minutes=first + number),
            )
            for number in range(count)
        ),
        batch_size=500,
    )  # fmt: skip
