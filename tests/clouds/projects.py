"""Accounts and projects against a sandbox, and what the sandbox holds beside what the cache holds."""

import json
from pathlib import Path
from typing import Any

from pyroaring import BitMap

from images.cache.facets import holder_of_project, holder_of_region
from images.cache.models.image import Image
from images.cache.models.posting import Posting
from images.clouds.models import Account, Project, Region
from images.core.encryption import encrypt
from tests.sandbox_process import SandboxProcess


def account_of(sandbox: SandboxProcess, name: str = "northwind") -> Account:
    env = sandbox.env
    return Account.objects.create(
        name=name,
        auth_url=f"{env['IAM_ENDPOINT']}/v3",
        username=env["IMS_USER"],
        domain=env["IMS_DOMAIN"],
        secret=encrypt(env["IMS_PASSWORD"]),
    )


def project_of(sandbox: SandboxProcess, account: Account | None = None) -> Project:
    """The sandbox's first demo project, managed."""
    env = sandbox.env
    account = account or account_of(sandbox)
    region, _created = Region.objects.get_or_create(cloud=account.auth_url, name=env["IMS_REGION"])
    return Project.objects.create(
        account=account,
        region=region,
        project_id=env["IMS_PROJECT_ID"],
        name=env["IMS_PROJECT_NAME"],
        endpoint=env["IMS_ENDPOINT"],
    )


def in_sandbox(sandbox: SandboxProcess, project: Project) -> dict[str, tuple[str, dict[str, Any]]]:
    """image ID → (member state, document) of all that the project should show: its own images and those shared in.

    Images that the legacy call deleted keep a row at IMS (status `deleted`, 6.1.7); no list shows them, nor do we.
    """
    dump = sandbox.dump(project.project_id)
    own = {image["id"]: ("", image) for image in dump["images"] if image["status"] != "deleted"}
    return own | {offer["image"]["id"]: (offer["member_status"], offer["image"]) for offer in dump["shared"]}


def public_in_sandbox(sandbox: SandboxProcess, project: Project) -> dict[str, tuple[str, dict[str, Any]]]:
    return {image["id"]: ("", image) for image in sandbox.dump(project.project_id)["public"]}


def in_cache(holder: Project | Region) -> dict[str, tuple[str, dict[str, Any]]]:
    """The same, as the cache holds it."""
    if isinstance(holder, Project):
        images = Image.objects.filter(project=holder)
    else:
        images = Image.objects.filter(region=holder, project=None)
    rows = images.values_list("image_id", "member_status", "document")
    return {image_id: (state, json.loads(document)) for image_id, state, document in rows}


def in_index(holder: Project | Region) -> set[str]:
    """image IDs that readers see."""
    pair = holder_of_project(holder.pk) if isinstance(holder, Project) else holder_of_region(holder.pk)
    posting = Posting.objects.filter(field=pair[0], value=pair[1]).first()
    pks = BitMap.deserialize(bytes(posting.bitmap)) if posting else ()
    return set(Image.objects.filter(pk__in=list(pks)).values_list("image_id", flat=True))


def attached(url: str) -> SandboxProcess:
    """A sandbox that another process of the test has started."""
    sandbox = SandboxProcess(Path(), port=int(url.rsplit(":", 1)[1]))
    sandbox.base_url = url
    return sandbox
