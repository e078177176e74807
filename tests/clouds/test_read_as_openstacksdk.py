"""clouds.yaml, secure.yaml, profiles and OS_* are read as openstacksdk does it: two readers, one file, one Keystone."""

import json
import os
import re
from typing import Any

import pytest
import yaml
from openstack.config import OpenStackConfig
from openstack.config import vendors as vendor_profiles

from images.clouds.services import configuration
from images.clouds.services.configuration import EntryRefused, entries_of
from images.clouds.services.connection import credentials_of
from images.ims import Identity
from tests.clouds.configurations import written
from tests.clouds.keystone import Keystone
from tests.ims.server import Asked

SECRET = "hunter2"


#: What openstacksdk says about its own future is the business of its makers.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in [name for name in os.environ if name.startswith("OS_")]:
        monkeypatch.delenv(name)


BY_NAME = {"username": "u", "password": "p", "user_domain_name": "Default"}
DEMO = {"project_name": "demo", "project_domain_name": "Default"}
SIGN_INS: dict[str, dict[str, Any]] = {
    "names": {"auth": BY_NAME | DEMO},
    "project by id": {"auth": BY_NAME | {"project_id": "a" * 32}},
    "O10: user's domain by id, the project's by name": {
        "auth": {"username": "u", "password": "p", "user_domain_id": "default"} | DEMO
    },
    "one domain for both": {
        "auth": {"username": "u", "password": "p", "domain_name": "Default", "project_name": "demo"}
    },
    "one domain for both, by id": {
        "auth": {"username": "u", "password": "p", "domain_id": "default", "project_name": "demo"}
    },
    "default domain": {
        "auth": {"username": "u", "password": "p", "default_domain_name": "Default", "project_name": "demo"}
    },
    "user by id": {"auth": {"user_id": "u1", "password": "p", "project_id": "a" * 32}},
    "older names": {"auth": BY_NAME | {"tenant_name": "demo", "project-domain-name": "Default"}},
    "outside of auth wins": {"auth": BY_NAME | DEMO | {"project_name": "other"}, "project_name": "demo"},
    "all outside of auth": {**BY_NAME, **DEMO, "auth": {}},
    "application credential": {
        "auth_type": "v3applicationcredential",
        "auth": {"application_credential_id": "ac", "application_credential_secret": "s"},
    },
    "application credential by name": {
        "auth_type": "v3applicationcredential",
        "auth": {
            "application_credential_name": "n", "application_credential_secret": "s", "username": "u",
            "user_domain_id": "default",
        },
    },
    "token": {"auth_type": "v3token", "auth": {"token": "gAAAAA", **DEMO}},
    "token by the older name": {"auth_type": "token", "auth": {"auth_token": "gAAAAA", "project_id": "a" * 32}},
    "OpenID Connect with a password": {
        "auth_type": "v3oidcpassword",
        "auth": {
            "identity_provider": "idp", "protocol": "openid", "client_id": "cid", "client_secret": "cs",
            "username": "u", "password": "p", "project_id": "a" * 32,
        },
    },
    "OpenID Connect of a client": {
        "auth_type": "v3oidcclientcredentials",
        "auth": {
            "identity_provider": "idp", "protocol": "openid", "client_id": "cid", "client_secret": "cs",
            "openid_scope": "openid", "project_id": "a" * 32,
        },
    },
    "values of a region": {
        "auth": BY_NAME, "regions": [{"name": "RegionOne", "values": {"auth": {"project_id": "a" * 32}}}],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", SIGN_INS)
def test_the_sign_in_is_that_of_openstacksdk(tmp_path, name):
    """O9, O10, O11: the requests of both readers, at one Keystone, for one file."""
    with Keystone() as keystone:
        cloud = SIGN_INS[name]
        auth = {"auth_url": f"{keystone.url}/v3", **cloud["auth"]}
        if "identity_provider" in auth:
            auth["access_token_endpoint"] = f"{keystone.url}/oidc/token"
        [ours] = entries_of("c", written(tmp_path, cloud | {"auth": auth}))
        Identity(ours.connection.auth_url, credentials_of(ours.connection)).token(ours.project)
        sent = list(map(_sent, keystone.server.asked))
        keystone.server.asked.clear()
        theirs = OpenStackConfig(config_files=[str(tmp_path / "clouds.yaml")], secure_files=[], load_envvars=False)
        theirs.get_one("c").get_session().get_token()
        wanted = [_sent(one) for one in keystone.server.asked if one.method == "POST"]  # it asks for the version first
    assert sent
    assert sent == wanted


def _sent(asked: Asked) -> tuple[str, str, str, Any]:
    """What Keystone got; tokens that it numbers are all the same."""
    body = re.sub(r"token-\d+", "token", asked.body.decode())
    return (
        asked.method,
        asked.path,
        asked.headers.get("Authorization", ""),
        json.loads(body) if body[:1] == "{" else body,
    )


def test_secure_yaml_goes_on_top(tmp_path):
    clouds = {"a": {"auth": {"auth_url": "https://x", "username": "u"}}, "b": {"auth": {}}}
    secure = {"a": {"auth": {"password": "p"}}, "only-there": {"auth": {"password": "q"}}}
    (tmp_path / "clouds.yaml").write_text(yaml.safe_dump({"clouds": clouds}))
    (tmp_path / "secure.yaml").write_text(yaml.safe_dump({"clouds": secure}))
    read = configuration.from_file(tmp_path / "clouds.yaml")
    files = {"config_files": [str(tmp_path / "clouds.yaml")], "secure_files": [str(tmp_path / "secure.yaml")]}
    assert read.clouds == OpenStackConfig(**files, load_envvars=False).cloud_config["clouds"]
    assert read.place("a", "auth", "password") == f"{tmp_path / 'secure.yaml'}, line 4"


def test_variables_are_a_cloud(monkeypatch, tmp_path):
    """O11: OS_* as openrc files set them; what of them is not used is named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    told = {
        "OS_AUTH_URL": "https://keystone.example.com/v3", "OS_USERNAME": "u", "OS_PASSWORD": SECRET,
        "OS_USER_DOMAIN_NAME": "Default", "OS_PROJECT_NAME": "demo", "OS_PROJECT_DOMAIN_ID": "default",
        "OS_REGION_NAME": "RegionOne", "OS_INTERFACE": "internal", "OS_IDENTITY_API_VERSION": "3", "OS_PROMPT": "x",
    }  # fmt: skip
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    theirs = OpenStackConfig(load_yaml_config=False).get_one("envvars", validate=False).config
    [one] = entries_of("envvars", configuration.usual())
    assert (one.connection.auth_url, one.connection.username, one.connection.secret, one.connection.domain) == (
        theirs["auth_url"], theirs["username"], theirs["password"], theirs["auth"]["user_domain_name"],
    )  # fmt: skip
    assert (one.project.project_name, one.project.project_domain_id) == ("demo", "default")
    assert (one.regions, one.connection.interface) == ({theirs["region_name"]}, theirs["interface"])
    assert one.remarks == ("Not understood, and not used: prompt (OS_PROMPT).",)
    monkeypatch.setenv("OS_CLOUD_NAME", "mine")
    assert list(configuration.usual().clouds) == ["mine"]


def test_variables_that_only_choose_are_no_cloud(monkeypatch):
    monkeypatch.setenv("OS_CLOUD", "x")
    monkeypatch.setenv("OS_REGION_NAME", "r")
    assert not configuration.from_environment().clouds
    assert "envvars" not in OpenStackConfig(load_yaml_config=False).get_cloud_names()


@pytest.mark.parametrize("profile", sorted(vendor_profiles.profiles()))
def test_every_vendor_profile_is_read_as_openstacksdk_reads_it(tmp_path, profile):
    """O11: `profile: otc`."""
    if vendor_profiles.get_profile(profile).get("status") == "shutdown":
        with pytest.raises(EntryRefused, match="exists no more"):
            entries_of("c", written(tmp_path, {"profile": profile, "auth": BY_NAME}))
        return
    told = {"profile": profile, "auth": BY_NAME}
    if "auth_url" not in (vendor_profiles.get_profile(profile).get("auth") or {}):
        with pytest.raises(EntryRefused, match="auth_url is needed"):
            entries_of("c", written(tmp_path, told))
        return
    if str(vendor_profiles.get_profile(profile).get("identity_api_version")).startswith("2"):
        with pytest.raises(EntryRefused, match="version 3 of Keystone"):
            entries_of("c", written(tmp_path, told))
        return
    found = {region or None: one for one in entries_of("c", written(tmp_path, told)) for region in one.regions or [""]}
    loader = OpenStackConfig(config_files=[str(tmp_path / "clouds.yaml")], secure_files=[], load_envvars=False)
    for region, one in found.items():
        theirs = loader.get_one("c", region_name=region, validate=False).config
        wanted = re.sub(r"/v2\.0/?$", "", theirs["auth"]["auth_url"])
        assert one.connection.auth_url == (wanted if "://" in wanted else f"https://{wanted}")
