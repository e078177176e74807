"""`manage.py sync`: bars while it works, sentences when it cannot, and an exit status that scripts can trust."""

import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from images.cache.models.image import Image
from images.cache.services.leases import lease
from images.clouds.models import Project, Region
from tests import database
from tests.clouds.projects import project_of
from tests.sandbox_process import ROOT

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project(cloud) -> Iterator[Project]:
    yield project_of(cloud)
    cloud.clear_faults()


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("sync", *arguments, stdout=out)
    return out.getvalue()


def away(project: Project) -> None:
    """Its cloud no longer answers: nothing listens at this port."""
    Project.objects.update(endpoint="http://127.0.0.1:9")
    project.account.auth_url = "http://127.0.0.1:9/v3"
    project.account.save()


def test_each_project_and_the_public_images_of_its_region(project):
    said = run()
    own, public = Image.objects.filter(project=project).count(), Image.objects.filter(project=None).count()
    assert own
    assert public
    for line, count in ((f"{project.name} ", own), (f"public images of {project.region}", public)):
        shown = next(one for one in said.splitlines() if one.startswith(line))
        assert "━" in shown
        assert f"{count} new, 0 changed, 0 gone" in shown
        assert f" {count} images " in shown


def test_a_second_one_is_quick_unless_all_is_asked_for(project):
    run()
    assert run().count("(quick)") == 2
    assert "(quick)" not in run("--full")


def test_full_notices_what_is_gone(cloud, project):
    made = cloud.create_images(project.project_id, count=1, name="for-a-moment")[0]
    run()
    cloud.delete_image(made)
    assert "0 gone (quick)" in run("--project", project.name)
    assert "1 gone" in run("--project", project.name, "--full")


@pytest.mark.parametrize("by", ["name", "project_id"])
def test_only_one_project_and_its_region(cloud, project, by):
    other = Project.objects.create(
        account=project.account, region=project.region, project_id="0" * 32, name="other", endpoint=project.endpoint
    )
    run("--project", getattr(project, by))
    project.refresh_from_db()
    other.refresh_from_db()
    assert project.published_at
    assert Region.objects.get().published_at
    assert not other.synced_at


def test_an_unknown_project_is_answered_with_those_there_are(project):
    with pytest.raises(CommandError, match=rf"No managed project is called mars\. There are: {project.name}\."):
        run("--project", "mars")
    project.enabled = False
    project.save()
    with pytest.raises(CommandError, match="There are: none"):
        run("--project", project.name)


def test_a_page_that_is_no_json_is_a_sentence_and_the_rest_goes_on(cloud, project):
    cloud.fault(kind="garbage", operation="5.1.1", times=1)
    with pytest.raises(CommandError) as told:
        run("--project", project.name)
    assert "1 of 2 could not be synchronised." in str(told.value)
    assert f"{project.name}: " in str(told.value)
    assert Region.objects.get().published_at


def test_what_somebody_else_does_is_said(project, monkeypatch):
    monkeypatch.setattr("images.management.commands.sync.PATIENCE", 0.0)
    with lease(project), pytest.raises(CommandError, match="somebody else synchronises it at the moment"):
        run("--project", project.name)


def test_a_cloud_that_is_away_is_a_sentence_each_with_nothing_lost(project):
    run()
    before = Image.objects.count()
    away(project)
    with pytest.raises(CommandError) as told:
        run("--full")
    lines = str(told.value).splitlines()
    assert lines[-1] == "2 of 2 could not be synchronised."
    assert all("127.0.0.1:9 refused the connection; nothing listens there." in line for line in lines[:-1])
    assert Image.objects.count() == before


@pytest.mark.slow
def test_the_process_says_so_too(cloud, tmp_path):
    """Exit status and output as a shell sees them, with a database of its own."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_DATABASE_URL": f"sqlite:///{tmp_path / 'cache.sqlite3'}",
        "TEST_VAR_DIR": str(tmp_path),
    }

    def manage(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-W", "ignore", str(ROOT / "manage.py"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    database.lay(tmp_path / "cache.sqlite3")
    assert manage("migrate", "--verbosity=0").returncode == 0
    nobody = manage("sync", "--project", "mars")
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert nobody.stderr == "CommandError: No managed project is called mars. There are: none.\n"
    assert manage("sync").returncode == 0  # nothing to do is no failure
