"""Clouds of OpenStack as they are: regions, reasons, interfaces, ways to sign in, certificates (cases O8 to O15)."""

import ssl
from dataclasses import replace

import pytest

from images.clouds.services.connection import Connection
from images.clouds.services.discovery import discover
from tests.certificates import tls
from tests.clouds.iam import Iam, refusal
from tests.clouds.keystone import Keystone
from tests.ims.server import Reply


def by_keystone(keystone: Keystone, **changes) -> Connection:
    return replace(Connection(auth_url=f"{keystone.url}/v3", username="u", secret="s", domain="Default"), **changes)


def three(*names: str) -> list[dict[str, str]]:
    return [{"id": f"{number:032x}", "name": name, "domain_id": "default"} for number, name in enumerate(names, 1)]


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_catalogue_without_regions_is_one_region(by_hand):
    """O12 (php-opencloud/openstack#17): three projects, one region; the same where an endpoint is given by hand."""
    with Keystone(projects=three("red", "green", "dev_blue"), regions=[""]) as keystone:
        found = discover(by_keystone(keystone, image_endpoint=keystone.url if by_hand else ""))
    assert {(one.name, one.region, one.kind) for one in found} == {
        ("red", "default", "openstack"), ("green", "default", "openstack"), ("dev_blue", "default", "openstack"),
    }  # fmt: skip


def test_a_project_that_is_called_like_a_region_is_in_all_of_them():
    """O13: "dev_team" on an OpenStack with regions dev and prod."""
    with Keystone(projects=three("dev_team"), regions=["dev", "prod"]) as keystone:
        assert [one.region for one in discover(by_keystone(keystone))] == ["dev", "prod"]


@pytest.mark.parametrize(
    "reason",
    [
        "The account is locked for user: 2f4d",
        "The password is expired and needs to be changed for user: 2f4d",
        "Domain is disabled: d1",
    ],
)
def test_why_keystone_does_not_let_somebody_in(reason):
    """O14 (iterate-ch/cyberduck#14863): in Keystone's own words, and no word of a wrong password."""
    with Keystone(refusal=f"{reason}.") as keystone:
        said = refusal(by_keystone(keystone))
    assert f"says why: “{reason}”" in str(said)
    assert "wrong" not in str(said)
    assert said.field == "secret"


def test_a_keystone_that_does_not_say_why():
    with Keystone(refusal="The request you have made requires authentication.") as keystone:
        assert "user “u”, domain “Default” or the password is wrong" in str(refusal(by_keystone(keystone)))


@pytest.mark.parametrize("service", ["", "openstack", "ims"])
def test_an_endpoint_that_knows_no_images_is_refused(service):
    """O15: the address of a dashboard, which answers 404; also when somebody has said what serves there."""
    with Keystone() as keystone:
        said = refusal(by_keystone(keystone, image_endpoint=f"{keystone.url}/dashboard", service=service))
    assert "There is no image service at" in str(said)
    assert said.field == "image_endpoint"


@pytest.mark.parametrize(
    ("interface", "wanted"), [("internal", "internal"), ("admin,internal", "admin"), ("", "public")]
)
def test_only_endpoints_of_the_interface_that_is_wanted(interface, wanted):
    """O8 (kubernetes/cloud-provider-openstack#713)."""
    with Keystone(interfaces=["public", "internal", "admin"]) as keystone:
        usual = keystone.catalog
        keystone.catalog = lambda: [
            entry | {"endpoints": [one | {"url": f"{keystone.url}/{one['interface']}"} for one in entry["endpoints"]]}
            for entry in usual()
        ]
        keystone.replies = {f"GET /{wanted}/v2/images": Reply(200, {"images": []})}
        assert [one.endpoint for one in discover(by_keystone(keystone, interface=interface))] == [
            f"{keystone.url}/{wanted}"
        ]


def test_an_interface_that_the_catalogue_does_not_have():
    with Keystone() as keystone:
        said = refusal(by_keystone(keystone, interface="internal"))
    assert ("with the interface internal" in str(said), said.field) == (True, "interface")


OIDC = {"identity_provider": "idp", "protocol": "openid", "client_id": "cid"}
WAYS = {
    "application credential": {"kind": "appcred", "application_id": "ac", "secret": "s"},
    "application credential by name": {"kind": "appcred", "application_name": "n", "username": "u", "secret": "s"},
    "token": {"kind": "token", "secret": "gAAAA"},
    "user by id": {"kind": "password", "user_id": "u1", "username": "", "secret": "s"},
    "domain by id": {"kind": "password", "domain_id": "default", "domain": "", "secret": "s"},
    "OpenID Connect": {"kind": "oidcpass", **OIDC, "secret": "s"},
    "OpenID Connect of a client": {"kind": "oidcclient", **OIDC, "secret": "cs"},
}


@pytest.mark.parametrize("way", WAYS)
def test_ways_to_sign_in(way):
    """O11 (gophercloud#3868): every way that needs nobody at a browser."""
    with Keystone() as keystone:
        told = dict(WAYS[way])
        if told["kind"].startswith("oidc"):
            told["oidc_endpoint"] = f"{keystone.url}/oidc/token"
        [found] = discover(by_keystone(keystone, **told))
        assert (found.name, found.kind, found.problem) == ("demo", "openstack", "")
        if told["kind"] == "appcred":
            assert all("scope" not in one["auth"] for one in keystone.sign_ins())


def test_a_discovery_document_may_not_lead_a_password_into_the_clear():
    """Only to https, or where somebody has entered an address without."""
    with Keystone() as keystone, Keystone() as other:
        document = {"token_endpoint": f"{other.url}/oidc/token"}
        keystone.replies["GET /discovery"] = Reply(200, document)
        told = {"kind": "oidcpass", **OIDC, "secret": "s", "oidc_discovery": f"{keystone.url}/discovery"}
        said = refusal(by_keystone(keystone, **told))
        assert "in the clear" in str(said)
        assert other.server.asked == []
        keystone.replies["GET /discovery"] = Reply(200, {"token_endpoint": f"{keystone.url}/oidc/token"})
        assert discover(by_keystone(keystone, **told))


def test_a_service_that_asks_for_our_certificate(tmp_path):
    """O11: cert and key; the key is in no file afterwards."""
    context, pem = tls(tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=pem)
    key = next(path.read_text() for path in tmp_path.iterdir() if "PRIVATE KEY" in path.read_text())
    with Iam() as iam:
        iam.server.use_tls(context)
        assert refusal(iam.connection(ca_bundle=pem)).field in {"auth_url", "ca_bundle"}
        assert discover(iam.connection(ca_bundle=pem, certificate=pem, private_key=key))
        assert discover(iam.connection(insecure=True, certificate=pem + key))
        assert refusal(iam.connection(insecure=True, certificate=pem, private_key="x")).field == "private_key"
        assert refusal(iam.connection(insecure=True, certificate="x", private_key=key)).field == "certificate"


def test_a_certificate_that_is_not_checked(tmp_path):
    """O11: `insecure`, `verify: false`."""
    context, _pem = tls(tmp_path)
    with Iam() as iam:
        iam.server.use_tls(context)
        assert refusal(iam.connection()).field == "ca_bundle"
        assert discover(iam.connection(insecure=True))
