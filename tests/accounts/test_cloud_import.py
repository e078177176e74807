"""import_clouds: accounts and projects from a clouds.yaml; importing twice does no more than once."""

from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from images.clouds.models import Account, Project
from images.core.encryption import decrypt, encrypt
from tests.clouds.keystone import Keystone


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in ("OS_CLOUD", "OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def file(cloud, tmp_path) -> Path:
    env = cloud.env
    auth = {
        "auth_url": f"{env['IAM_ENDPOINT']}/v3",
        "username": env["IMS_USER"],
        "password": env["IMS_PASSWORD"],
        "user_domain_name": env["IMS_DOMAIN"],
    }
    clouds = {
        "one": {"auth": {**auth, "project_name": "eu-west-0_build"}, "region_name": "eu-west-0"},
        "all-of-west-1": {"auth": auth, "regions": ["eu-west-1"]},
        "wrong": {"auth": {**auth, "password": "wrong"}},
        "vendor": {"profile": "acme", "auth": {"username": "x"}},
        "nowhere": {"auth": {**auth, "project_name": "no-such-project"}},
    }
    path = tmp_path / "clouds.yaml"
    path.write_text(yaml.safe_dump({"clouds": clouds}, sort_keys=False))
    return path


def test_import(cloud, admin, file, capsys):
    with pytest.raises(CommandError, match="3 of the clouds"):
        call_command("import_clouds", str(file))
    said = capsys.readouterr().out
    assert "one: account added, 1 project added\n" in said
    assert "all-of-west-1: account added, 2 projects added\n" in said
    assert "wrong: " in said
    assert "does not accept this sign-in" in said
    assert f"vendor: {file}, line " in said
    assert "the profile “acme” is not known here" in said
    assert "nowhere: none of the projects is the one it names. There are: eu-west-0 (eu-west-0)" in said
    assert set(Project.objects.managed().values_list("name", flat=True)) == {
        "eu-west-0_build", "eu-west-1", "eu-west-1_security",
    }  # fmt: skip
    assert decrypt(Account.objects.get(name="one").secret) == cloud.env["IMS_PASSWORD"]
    assert cloud.env["IMS_PASSWORD"] not in said


def only(file: Path, cloud: dict) -> None:
    file.write_text(yaml.safe_dump({"clouds": {"one": cloud}}))


@pytest.fixture
def one(file) -> dict:
    return yaml.safe_load(file.read_text())["clouds"]["one"]


def test_importing_again_changes_nothing(admin, file, one, capsys):
    only(file, one)
    call_command("import_clouds", str(file))
    call_command("import_clouds", str(file), "--as", "admin")
    assert capsys.readouterr().out == "one: account added, 1 project added\none: account unchanged, 0 projects added\n"


@pytest.mark.parametrize("stored", ["encrypted", "-"])
def test_the_password_of_the_file_is_taken_also_for_one_that_no_key_opens(cloud, admin, file, one, stored, capsys):
    """And what was entered by hand beside it stays: the file does not speak of it."""
    only(file, one)
    call_command("import_clouds", str(file))
    old = encrypt("the old password") if stored == "encrypted" else stored
    Account.objects.update(secret=old, service="ims", region_name="eu-west-0")
    call_command("import_clouds", str(file))
    assert "one: account changed, 0 projects added" in capsys.readouterr().out
    account = Account.objects.get()
    assert decrypt(account.secret) == cloud.env["IMS_PASSWORD"]
    assert (account.service, account.region_name) == ("ims", "eu-west-0")


def test_a_wrong_password_of_the_file_leaves_the_stored_one(cloud, admin, file, one, capsys):
    only(file, one)
    call_command("import_clouds", str(file))
    one["auth"]["password"] = "wrong"
    only(file, one)
    with pytest.raises(CommandError):
        call_command("import_clouds", str(file))
    assert "does not accept this sign-in" in capsys.readouterr().out
    assert decrypt(Account.objects.get().secret) == cloud.env["IMS_PASSWORD"]


def test_an_endpoint_by_hand_is_in_the_region_that_the_file_names(cloud, admin, file, one, capsys):
    """With an endpoint by hand the catalogue is not asked, so nobody else knows the region."""
    by_hand = one | {"image_endpoint_override": cloud.env["IMS_ENDPOINT"], "region_name": "RegionOne"}
    only(file, by_hand)
    call_command("import_clouds", str(file))
    only(file, by_hand | {"region_name": "RegionTwo"})
    call_command("import_clouds", str(file))
    said = capsys.readouterr().out
    assert said == "one: account added, 1 project added\none: account changed, 1 project added\n"
    assert set(Project.objects.managed().values_list("region__name", flat=True)) == {"RegionOne", "RegionTwo"}


def test_import_keeps_what_people_manage_beside_it(cloud, admin, file):
    one = yaml.safe_load(file.read_text())["clouds"]["one"]
    file.write_text(yaml.safe_dump({"clouds": {"one": one}}))
    call_command("import_clouds", str(file))
    one["auth"]["project_name"] = "eu-west-0"
    file.write_text(yaml.safe_dump({"clouds": {"one": one}}))
    call_command("import_clouds", str(file))
    assert set(Project.objects.managed().values_list("name", flat=True)) == {"eu-west-0", "eu-west-0_build"}


def test_import_needs_an_administrator_and_a_file(db, file, viewer, tmp_path):
    with pytest.raises(CommandError, match="createsuperuser"):
        call_command("import_clouds", str(file))
    with pytest.raises(CommandError, match="createsuperuser"):
        call_command("import_clouds", str(file), "--as", "viewer")


def test_import_of_a_file_that_is_not_there(admin, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_clouds", str(tmp_path / "nothing.yaml"))


def test_only_one_of_the_clouds(cloud, admin, file, capsys, monkeypatch):
    call_command("import_clouds", str(file), "--cloud", "one")
    assert capsys.readouterr().out == "one: account added, 1 project added\n"
    with pytest.raises(CommandError, match="There is no cloud other"):
        call_command("import_clouds", str(file), "--cloud", "other")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))
    monkeypatch.setenv("OS_CLOUD", "one")
    call_command("import_clouds")
    assert capsys.readouterr().out == "one: account unchanged, 0 projects added\n"


def test_what_is_not_used_is_told(cloud, admin, file, one, capsys):
    """O11: nothing is ignored without a word."""
    only(file, one | {"compute_api_version": "2", "proejct_name": "x"})
    call_command("import_clouds", str(file))
    said = capsys.readouterr().out
    lines = file.read_text().splitlines()
    place = {key: f"{file}, line {1 + next(n for n, line in enumerate(lines) if key in line)}" for key in
             ("compute_api_version", "proejct_name")}  # fmt: skip
    assert f"Not needed here: compute_api_version ({place['compute_api_version']})." in said
    assert f"Not understood, and not used: proejct_name ({place['proejct_name']}). Is project_name meant?" in said


def test_of_two_projects_of_one_name_the_one_that_is_meant(admin, tmp_path, capsys):
    """O9 (ansible/ansible#59876): two projects "demo" in two domains; the cloud itself says which one a name is."""
    projects = [
        {"id": "a" * 32, "name": "demo", "domain_id": "default"},
        {"id": "b" * 32, "name": "demo", "domain_id": "d2"},
    ]
    with Keystone(projects=projects, domains={"default": "Default", "d2": "Other"}) as keystone:
        auth = {"auth_url": f"{keystone.url}/v3", "username": "u", "password": "s", "project_name": "demo"}
        file = tmp_path / "clouds.yaml"
        only(file, {"auth": auth | {"user_domain_name": "Default", "project_domain_name": "Other"}})
        call_command("import_clouds", str(file))
        assert list(Project.objects.managed().values_list("project_id", flat=True)) == ["b" * 32]
        only(file, {"auth": auth | {"user_domain_name": "Default"}})
        with pytest.raises(CommandError):
            call_command("import_clouds", str(file))
        assert "several projects are called demo" in capsys.readouterr().out
        only(file, {"auth": auth | {"project_domain_id": "default"}})
        call_command("import_clouds", str(file))
    assert Project.objects.managed().count() == 2


def test_regions_that_sign_in_apart_are_accounts_apart(admin, tmp_path, capsys):
    """O11: values per region, as in a profile whose address has the region in it."""
    with Keystone(regions=["north"]) as north, Keystone(regions=["south"]) as south:
        regions = [
            {"name": "north", "values": {"auth": {"auth_url": f"{north.url}/v3"}}},
            {"name": "south", "values": {"auth": {"auth_url": f"{south.url}/v3"}}},
        ]
        file = tmp_path / "clouds.yaml"
        only(file, {"auth": {"username": "u", "password": "s"}, "regions": regions})
        call_command("import_clouds", str(file))
    assert set(Account.objects.values_list("name", flat=True)) == {"one north", "one south"}
    assert set(Project.objects.managed().values_list("region__name", "account__name")) == {
        ("north", "one north"), ("south", "one south"),
    }  # fmt: skip
