"""clouds.yaml, secure.yaml, profiles and OS_*: read as openstacksdk reads them, and what cannot be taken is said."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from images.clouds.services import configuration
from images.clouds.services.configuration import Entry, EntryRefused, FileRefused, entries_of
from images.clouds.services.connection import Connection
from tests.certificates import tls
from tests.clouds.configurations import written
from tests.clouds.keystone import Keystone

AUTH = {"auth_url": "https://iam.example.com/v3", "username": "u", "password": "p"}
SECRET = "hunter2"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in [name for name in os.environ if name.startswith("OS_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def entries(tmp_path):
    def read(cloud: Any) -> list[Entry]:
        return entries_of("c", written(tmp_path, cloud))

    return read


@pytest.fixture
def entry(entries):
    def read(**cloud: Any) -> Entry:
        [one] = entries({"auth": AUTH, **cloud})
        return one

    return read


# --- what an entry means ---------------------------------------------------------------------------------------------
def test_a_usual_entry(entry):
    auth = {**AUTH, "project_id": "p1", "user_domain_name": "northwind"}
    read = entry(auth=auth, region_name="r1", interface="public", identity_api_version=3)
    assert (read.connection.auth_url, read.connection.username, read.connection.secret) == (
        "https://iam.example.com/v3", "u", "p",
    )  # fmt: skip
    assert (read.connection.domain, read.project.project_id, read.regions) == ("northwind", "p1", {"r1"})
    assert read.remarks == ()


def test_user_and_project_in_domains_of_their_own(entry):
    """O10: user_domain_id beside project_domain_name; never the project's domain for the user."""
    read = entry(auth={**AUTH, "user_domain_id": "f00", "project_domain_name": "Other", "project_name": "demo"})
    assert (read.connection.domain_id, read.connection.domain) == ("f00", "")
    assert (read.project.project_domain, read.project.project_domain_id) == ("Other", "")


@pytest.mark.parametrize(
    ("told", "interface"),
    [
        ({"interface": "internal"}, "internal"),
        ({"endpoint_type": "internalURL"}, "internal"),
        ({"interface": "public", "image_interface": "admin"}, "admin"),
        ({"image_endpoint_type": "internalURL"}, "internal"),
        ({"interface": ["internal", "public"]}, "internal,public"),
        ({}, ""),
    ],
)
def test_interfaces(entry, told, interface):
    """O8 (kubernetes/cloud-provider-openstack#713)."""
    assert entry(**told).connection.interface == interface


@pytest.mark.parametrize("regions", [["r1", "r2"], [{"name": "r1"}, {"name": "r2", "values": {}}]])
def test_several_regions(entry, regions):
    assert entry(regions=regions).regions == {"r1", "r2"}
    assert entry(region_name="r1,r2").regions == {"r1", "r2"}


def test_values_of_regions(entries):
    told = {"auth": AUTH, "regions": [{"name": "a", "values": {"interface": "internal"}}, "b", "c"]}
    first, rest = entries(told)
    assert (first.name, first.regions, first.connection.interface) == ("c a", {"a"}, "internal")
    assert (rest.name, rest.regions, rest.connection.interface) == ("c b c", {"b", "c"}, "")


@pytest.mark.parametrize("auth_type", ["", "password", "v3password"])
def test_kinds_of_password(entry, auth_type):
    assert entry(auth_type=auth_type or None).connection.kind == "password"


@pytest.mark.parametrize(
    ("cloud", "region"),
    [
        ({"region_name": "r1"}, ""),
        ({"region_name": "r1", "image_endpoint_override": "https://ims.example.com"}, "r1"),
        ({"image_endpoint_override": "https://ims.example.com"}, ""),
    ],
)
def test_the_region_of_an_endpoint_by_hand(entry, cloud, region):
    assert entry(**cloud).connection.region_name == region


def test_an_endpoint_by_hand_is_in_one_region_unless_each_has_its_own(entries):
    with pytest.raises(EntryRefused, match="one region"):
        entries({"auth": AUTH, "regions": ["r1", "r2"], "image_endpoint_override": "https://ims.example.com"})
    values = [{"name": name, "values": {"image_endpoint_override": f"https://{name}.example.com"}} for name in "ab"]
    found = entries({"auth": AUTH, "regions": values})
    assert [(one.connection.image_endpoint, one.connection.region_name) for one in found] == [
        ("https://a.example.com", "a"), ("https://b.example.com", "b"),
    ]  # fmt: skip


def test_access_keys(entry):
    read = entry(auth={"auth_url": AUTH["auth_url"], "ak": "A", "sk": "S"})
    assert (read.connection.kind, read.connection.access_key, read.connection.secret) == ("aksk", "A", "S")


def test_certificates_beside_the_file_or_in_it(entry, tmp_path):
    _context, pem = tls(tmp_path)
    (tmp_path / "ca.pem").write_text(pem)
    for told in ("ca.pem", str(tmp_path / "ca.pem"), pem):
        assert entry(cacert=told).connection.ca_bundle == pem
    read = entry(cert="ca.pem", key="ca.pem").connection
    assert (read.certificate, read.private_key) == (pem, pem)


@pytest.mark.parametrize(
    ("told", "insecure"),
    [({"verify": False}, True), ({"insecure": True}, True), ({"insecure": "true", "verify": True}, True), ({}, False),
     ({"verify": True, "insecure": False}, False)],
)  # fmt: skip
def test_certificates_that_are_not_checked(entry, told, insecure):
    """O11: as openstacksdk, `insecure` wins; that a cacert is then idle is told."""
    read = entry(**told, cacert="nothing.pem") if insecure else entry(**told)
    assert read.connection.insecure is insecure
    assert bool(read.remarks) is insecure


@pytest.mark.parametrize(("domain", "kept"), [({"user_domain_id": "default"}, ("", "default")), ({}, ("", ""))])
def test_the_default_domain(entry, domain, kept):
    read = entry(auth=AUTH | domain).connection
    assert (read.domain, read.domain_id) == kept


@pytest.mark.parametrize(
    ("cloud", "words"),
    [
        ({"auth": None}, "auth_url is needed"),
        ({"auth": "x"}, "line 3: “auth” is no list"),
        ({"auth": {"username": "u"}}, "auth_url is needed"),
        ({"auth": {"username": "u"}, "profile": "acme"}, "line 5: the profile “acme” is not known"),
        ({"auth": {"auth_url": "https://x", "password": "p"}}, "username is missing"),
        ({"auth": {"auth_url": "https://x", "username": "u"}}, "password is missing"),
        ({"auth_type": "v3totp"}, r"auth_type \(.*line 7\): v3totp is not supported"),
        ({"auth": AUTH | {"trust_id": "t"}}, r"trust_id \(.*line 7\): it is not supported"),
        ({"identity_api_version": "2.0"}, "version 3 of Keystone"),
        ({"verify": "perhaps"}, "neither true nor false"),
        ({"interface": "secret"}, "public, internal or admin"),
        ({"cacert": "missing.pem"}, "missing.pem cannot be read"),
        ({"regions": [{"nmae": "x"}]}, "“regions” is a list of names"),
        ({"regions": "r1"}, "“regions” is a list of names"),
        ({"description": "{auth}"}, r"line 7: description has braces"),
        ({"auth": AUTH | {"auth_url": "https://{password}"}}, "auth.auth_url has braces"),
    ],
)
def test_what_cannot_be_taken_is_said_with_its_place(entries, cloud, words):
    """O11."""
    with pytest.raises(EntryRefused, match=words):
        entries({"auth": AUTH, **cloud})


def test_a_profile_that_is_an_address_is_not_fetched(entries):
    with Keystone() as keystone:
        with pytest.raises(EntryRefused, match="is not known here"):
            entries({"auth": AUTH, "profile": keystone.url})
        assert keystone.server.asked == []


def test_profiles_of_ones_own(tmp_path):
    profile = {"auth": {"auth_url": "https://own.example.com/v3"}, "region_name": "here"}
    (tmp_path / "clouds-public.yaml").write_text(yaml.safe_dump({"public-clouds": {"own": profile}}))
    [one] = entries_of("c", written(tmp_path, {"profile": "own", "auth": {"username": "u", "password": "p"}}))
    assert (one.connection.auth_url, one.regions) == ("https://own.example.com/v3", {"here"})


def test_what_is_not_needed_and_what_is_not_understood(tmp_path):
    """O11: nothing of a file is skipped without a word."""
    cloud = {"auth": {**AUTH, "pasword": "x"}, "networks": [], "volume_api_version": "3", "has_network": False}
    [one] = entries_of("c", written(tmp_path, cloud))
    idle, odd = sorted(one.remarks)
    assert idle.startswith("Not needed here: networks (")
    assert all(key in idle for key in ("volume_api_version", "has_network", "line 8", "line 9"))
    assert odd.startswith("Not understood, and not used: pasword (")
    assert odd.endswith("line 7). Is password meant?")


# --- from a browser --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", ["cacert", "cert", "key"])
def test_no_file_of_this_machine_is_read_for_a_browser(key):
    text = yaml.safe_dump({"clouds": {"c": {"auth": AUTH, key: "/etc/hostname"}}})
    with pytest.raises(EntryRefused, match="is not read here"):
        entries_of("c", configuration.from_texts(text))


def test_aliases_without_end_are_refused():
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n"
        for before, name in zip("abcdefg", "bcdefgh", strict=True)
    )
    for text in (bomb, "clouds: &c {c: *c}"):
        with pytest.raises(FileRefused):
            configuration.from_texts(text)


# --- files -----------------------------------------------------------------------------------------------------------
def test_the_usual_places_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with pytest.raises(FileRefused, match=r"/etc/openstack/clouds.yaml"):
        configuration.usual()
    home = tmp_path / "home" / ".config" / "openstack"
    home.mkdir(parents=True)
    (home / "clouds.yaml").write_text("clouds: {at-home: {}}")
    assert list(configuration.usual().clouds) == ["at-home"]
    (tmp_path / "clouds.yml").write_text("clouds: {here: {}}")
    assert list(configuration.usual().clouds) == ["here"]
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(home / "clouds.yaml"))
    assert list(configuration.usual().clouds) == ["at-home"]


def test_the_places_are_those_of_openstacksdk():
    from openstack.config import loader

    from images.clouds.services.configuration.sources import _candidates

    theirs = [path for one in loader.CONFIG_FILES for path in [Path(one)]]
    ours = [path.absolute() for path in _candidates("clouds")]
    assert [one for one in ours if one.parent != Path.cwd()] == list(
        dict.fromkeys(one for one in theirs if one.parent != Path.cwd())
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [("clouds: [", "line 1, is not YAML"), ("a: 1", "no section “clouds”"), ("- a", "no section"), ("", "no section"),
     ("clouds: [a]", "no list of clouds"), (f"clouds:\n  a:\n    password: {SECRET}: [", "line 3, is not YAML")],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path, text, words):
    (tmp_path / "clouds.yaml").write_text(text)
    with pytest.raises(FileRefused, match=words) as caught:
        configuration.from_file(tmp_path / "clouds.yaml")
    assert SECRET not in str(caught.value)
    with pytest.raises(FileRefused, match="cannot be read"):
        configuration.from_file(tmp_path / "nothing.yaml")


def test_yaml_makes_no_objects(tmp_path):
    (tmp_path / "clouds.yaml").write_text("clouds: !!python/object/apply:os.getcwd []")
    with pytest.raises(FileRefused):
        configuration.from_file(tmp_path / "clouds.yaml")


def test_secrets_are_in_no_repr(tmp_path):
    read = written(tmp_path, {"auth": AUTH | {"password": SECRET}})
    [one] = entries_of("c", read)
    assert SECRET not in repr(read) + repr(one)
    assert one.connection == Connection(auth_url=AUTH["auth_url"], username="u", secret=SECRET)
