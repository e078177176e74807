"""What an account needs and has: policies to copy, and the test of its IAM actions."""

import json
import re

import pytest
from django.urls import reverse

from images.clouds.enums import ProjectKind
from images.clouds.models import Project
from images.core.encryption import encrypt
from images.system.services.doctor import examine
from tests.catalogue.test_act_views import text
from tests.clouds.projects import project_of
from tests.sandbox_process import SandboxProcess

LACKING = ["ims:images:list", "ims:images:get", "ims:images:update"]


@pytest.fixture(scope="module")
def own_sandbox(tmp_path_factory):
    with SandboxProcess(tmp_path_factory.mktemp("permissions"), images=30) as running:
        yield running


@pytest.fixture
def sandbox(own_sandbox):
    yield own_sandbox
    own_sandbox.admin("PUT", "actions", {"user": "image-admin", "actions": None})


@pytest.fixture
def project(sandbox, transactional_db) -> Project:
    return project_of(sandbox)


def page_of(project: Project) -> str:
    return reverse("images:account_permissions", args=[project.account_id])


def verdicts(response) -> dict[str, str]:
    rows = re.findall(r"<tr>(.*?)</tr>", response.content.decode(), re.DOTALL)
    words = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).split() for row in rows]
    return {one[0]: one[-1] for one in words if one and one[0].startswith("ims:")}


def test_policies_to_copy_as_iam_takes_them(as_admin, project):
    """I3: read only, operate, all."""
    page = as_admin.get(page_of(project)).content.decode()
    texts = re.findall(r'<code[^>]*id="policy-(\w+)"[^>]*>(.*?)</code>', page, re.DOTALL)
    policies = {name: json.loads(body.replace("&quot;", '"')) for name, body in texts}
    assert list(policies) == ["read", "operate", "all"]
    assert policies["read"]["Version"] == "1.1"
    assert "ims:images:list" in policies["read"]["Statement"][0]["Action"]
    assert "ims:images:delete" in policies["all"]["Statement"][0]["Action"]
    assert "Tenant Administrator for OBS" in page


def test_the_service_is_asked_what_the_account_may_do(as_admin, sandbox, project):
    """I3: per action yes, no or unknown."""
    first = as_admin.post(page_of(project), {"project": project.pk})
    assert set(verdicts(first).values()) == {"yes"}
    sandbox.admin("PUT", "actions", {"user": "image-admin", "actions": LACKING})
    found = verdicts(as_admin.post(page_of(project), {"project": project.pk}))
    assert [action for action, word in found.items() if word == "yes"] == LACKING
    assert found["ims:images:delete"] == found["ims:quotas:get"] == "no"
    assert found["ims:images:copy"] == "unknown"


def test_who_cannot_even_sign_in_is_told_why(as_admin, project):
    project.account.secret = encrypt("wrong")
    project.account.save()
    response = as_admin.post(page_of(project), {"project": project.pk})
    assert "did not accept the sign-in" in text(response)
    assert not set(verdicts(response).values()) & {"yes", "no", "unknown"}


def test_a_glance_has_no_actions_to_ask_for(as_admin, project):
    Project.objects.update(kind=ProjectKind.OPENSTACK)
    assert "no matter for an OpenStack Glance" in text(as_admin.get(page_of(project)))
    assert as_admin.post(page_of(project), {"project": project.pk}).status_code == 404


def test_the_doctor_names_the_actions_that_reading_lacks(sandbox, project):
    """I3: before anybody is refused."""
    sandbox.admin("PUT", "actions", {"user": "image-admin", "actions": LACKING})
    [found] = [one for one in examine() if "Permissions" in one.about]
    assert (found.tone, "ims:quotas:get, ims:imageJobs:getPercentage" in found.sentence) == ("bad", True)
    sandbox.admin("PUT", "actions", {"user": "image-admin", "actions": []})
    [found] = [one for one in examine() if one.about.startswith("Project")]
    assert "It takes the IAM action ims:images:list." in found.sentence
    assert "policy to copy" in found.measure
