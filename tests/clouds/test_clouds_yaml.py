"""clouds.yaml: what an entry means here, what cannot be taken and why; importing twice does no more than once."""

from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from images.clouds.models import Account, Project
from images.clouds.services import clouds_yaml
from images.clouds.services.clouds_yaml import EntryRefused, FileRefused, entry_of
from images.core.encryption import decrypt, encrypt
from tests.certificates import tls

AUTH = {"auth_url": "https://iam.example.com/v3", "username": "u", "password": "p"}


def entry(folder: Path = Path(), **cloud):
    return entry_of("c", {"auth": AUTH, **cloud}, folder)


# --- what an entry means ---------------------------------------------------------------------------------------------
def test_a_usual_entry():
    auth = {**AUTH, "project_id": "p1", "user_domain_name": "northwind"}
    read = entry(auth=auth, region_name="r1", interface="public", identity_api_version=3)
    assert (read.connection.auth_url, read.connection.username, read.connection.secret) == (
        "https://iam.example.com/v3", "u", "p",
    )  # fmt: skip
    assert (read.connection.domain, read.projects, read.regions) == ("northwind", {"p1"}, {"r1"})


@pytest.mark.parametrize("regions", [["r1", "r2"], [{"name": "r1"}, {"name": "r2", "values": {}}]])
def test_several_regions(regions):
    assert entry(regions=regions).regions == {"r1", "r2"}


@pytest.mark.parametrize("auth_type", ["", "password", "v3password"])
def test_kinds_of_password(auth_type):
    assert entry(auth_type=auth_type).connection.kind == "password"


@pytest.mark.parametrize(
    ("cloud", "region"),
    [
        ({"region_name": "r1"}, ""),
        ({"region_name": "r1", "image_endpoint_override": "https://ims.example.com"}, "r1"),
        ({"image_endpoint_override": "https://ims.example.com"}, ""),
    ],
)
def test_the_region_of_an_endpoint_by_hand(cloud, region):
    assert entry(**cloud).connection.region_name == region


def test_an_endpoint_by_hand_is_in_one_region():
    with pytest.raises(EntryRefused, match="one region"):
        entry(regions=["r1", "r2"], image_endpoint_override="https://ims.example.com")


def test_access_keys():
    read = entry(auth={"auth_url": AUTH["auth_url"], "ak": "A", "sk": "S"})
    assert (read.connection.kind, read.connection.access_key, read.connection.secret) == ("aksk", "A", "S")


def test_a_bundle_beside_the_file(tmp_path):
    _context, pem = tls(tmp_path)
    (tmp_path / "ca.pem").write_text(pem)
    assert entry(tmp_path, cacert="ca.pem").connection.ca_bundle == pem
    assert entry(cacert=str(tmp_path / "ca.pem")).connection.ca_bundle == pem


@pytest.mark.parametrize("domain", [{"user_domain_id": "default"}, {}])
def test_the_default_domain(domain):
    assert entry(auth=AUTH | domain).connection.domain == ""


@pytest.mark.parametrize(
    ("cloud", "words"),
    [
        ({"auth": None}, "no “auth” section"),
        ({"auth": {"username": "u"}}, "auth_url is needed"),
        ({"auth": {"username": "u"}, "profile": "otc"}, "vendor profile"),
        ({"auth": {"auth_url": "https://x", "password": "p"}}, "username is missing"),
        ({"auth": {"auth_url": "https://x", "username": "u"}}, "password is missing"),
        ({"auth_type": "v3applicationcredential"}, "v3applicationcredential is not supported"),
        ({"auth": AUTH | {"user_domain_id": "f00"}}, "user_domain_name"),
        ({"verify": False}, "accept any certificate"),
        ({"cacert": "missing.pem"}, "missing.pem cannot be read"),
    ],
)
def test_what_cannot_be_taken_is_said(cloud, words):
    with pytest.raises(EntryRefused, match=words):
        entry(**cloud)


# --- files -----------------------------------------------------------------------------------------------------------
def test_the_usual_places_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("OS_CLIENT_CONFIG_FILE", raising=False)
    with pytest.raises(FileRefused, match=r"/etc/openstack/clouds.yaml"):
        clouds_yaml.find()
    home = tmp_path / "home" / ".config" / "openstack"
    home.mkdir(parents=True)
    (home / "clouds.yaml").write_text("clouds: {}")
    assert clouds_yaml.find() == home / "clouds.yaml"
    (tmp_path / "clouds.yml").write_text("clouds: {}")
    assert clouds_yaml.find() == Path("clouds.yml")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(home / "clouds.yaml"))
    assert clouds_yaml.find() == home / "clouds.yaml"


def test_secrets_beside_the_file(tmp_path):
    (tmp_path / "clouds.yaml").write_text("clouds: {a: {auth: {auth_url: x, username: u}}, b: {auth: {}}}")
    (tmp_path / "secure.yaml").write_text("clouds: {a: {auth: {password: p}}, other: {auth: {password: q}}}")
    read = clouds_yaml.read(tmp_path / "clouds.yaml")
    assert read == {"a": {"auth": {"auth_url": "x", "username": "u", "password": "p"}}, "b": {"auth": {}}}


@pytest.mark.parametrize(
    ("text", "words"),
    [("clouds: [", "line 1 is not YAML"), ("a: 1", "no section “clouds”"), ("- a", "no section"), ("", "no section"),
     ("clouds:\n  a:\n    password: hunter2: [", "line 3 is not YAML")],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path, text, words):
    (tmp_path / "clouds.yaml").write_text(text)
    with pytest.raises(FileRefused, match=words) as caught:
        clouds_yaml.read(tmp_path / "clouds.yaml")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(FileRefused, match="cannot be read"):
        clouds_yaml.read(tmp_path / "nothing.yaml")


def test_yaml_makes_no_objects(tmp_path):
    (tmp_path / "clouds.yaml").write_text("clouds: !!python/object/apply:os.getcwd []")
    with pytest.raises(FileRefused):
        clouds_yaml.read(tmp_path / "clouds.yaml")


# --- the command -----------------------------------------------------------------------------------------------------
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
        "vendor": {"profile": "otc", "auth": {"username": "x"}},
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
    assert "vendor: auth_url is needed: it relies on a vendor profile" in said
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
