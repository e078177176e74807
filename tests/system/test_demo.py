"""The demonstration: made once, true for ever, and the passwords for our eyes only."""

import json

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from images.access.permissions import Ability, can, can_operate, visible_projects
from images.clouds.models import Account, Project
from images.incoming.models import SharePolicy
from images.system.services.demo import DemoRefused, demonstration, people
from tests.sandbox_process import SandboxProcess


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def test_everything_is_made_once(cloud, db, tmp_path):
    sign_ins = demonstration(cloud.env)
    assert [(one.user, one.role) for one in sign_ins] == [
        ("admin", "admin"),
        ("operator", "operator"),
        ("approver", "approver"),
        ("approver2", "approver"),
        ("lead", "administrator"),
        ("viewer", "viewer"),
    ]
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600
    assert list(User.objects.filter(is_staff=True).values_list("username", flat=True)) == ["admin"]
    assert Project.objects.managed().count() == 4
    project = Project.objects.managed().first()
    able = {user.username for user in User.objects.all() if can_operate(user, project)}
    assert able == {"admin", "operator", "lead"}
    lead = User.objects.get(username="lead")
    assert [can(lead, Ability.ADMINISTER, one) for one in Project.objects.managed()] == [True, False, False, False]
    assert list(visible_projects(lead)) == [project], "the foreign ones are not even seen"
    assert can(User.objects.get(username="approver"), Ability.DECIDE, project)
    assert SharePolicy.objects.get().approvals == 2
    before = list(Project.objects.values())
    assert demonstration(cloud.env) == sign_ins
    assert list(Project.objects.values()) == before
    assert (Account.objects.count(), User.objects.count()) == (1, 6)


def test_what_is_printed_works_also_after_a_password_was_changed(cloud, db, rf):
    first = people()
    user = User.objects.get(username="viewer")
    user.set_password("something-else-7")
    user.save()
    assert people() == first
    for one in first:
        assert authenticate(rf.post("/"), username=one.user, password=one.password)


def test_a_sandbox_at_another_port_is_the_same_account(cloud, db, tmp_path):
    demonstration(cloud.env)
    with SandboxProcess(tmp_path, images=60) as moved:
        demonstration(moved.env)
        assert {project.endpoint for project in Project.objects.all()} == {moved.base_url}
        assert Account.objects.get().auth_url == f"{moved.base_url}/v3"
    assert Project.objects.count() == 4


def test_projects_that_somebody_gave_up_stay_given_up(cloud, db):
    demonstration(cloud.env)
    Project.objects.filter(name="eu-west-1").update(enabled=False)
    demonstration(cloud.env)
    assert Project.objects.managed().count() == 3


def test_what_is_missing_is_said(cloud, db, tmp_path, monkeypatch):
    with pytest.raises(DemoRefused, match="print-env"):
        demonstration({})
    (tmp_path / "demo.json").write_text("{")
    with pytest.raises(DemoRefused, match="delete it"):
        people()
    (tmp_path / "demo.json").write_text(json.dumps({"admin": {"nothing": 1}}))
    with pytest.raises(DemoRefused, match="delete it"):
        people()


def test_the_command_prints_a_line_for_each(cloud, db, monkeypatch, capsys):
    monkeypatch.delenv("IAM_ENDPOINT", raising=False)
    with pytest.raises(CommandError, match="IAM_ENDPOINT"):
        call_command("demo")
    for name, value in cloud.env.items():
        monkeypatch.setenv(name, value)
    call_command("demo")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["sign-in:"] * 6
    assert all(len(line.split()) == 4 for line in lines)
