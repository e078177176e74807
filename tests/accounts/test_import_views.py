"""clouds.yaml in the browser: what would come of it, then it; nothing of it is echoed or kept."""

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile

from images.clouds.models import Account, Project
from tests.clouds.connections import by_password

URL = "/clouds/import/"
HTMX = {"HX-Request": "true"}


def clouds(cloud, **more) -> dict:
    entered = by_password(cloud)
    auth = {
        "auth_url": entered.auth_url, "username": entered.username, "password": entered.secret,
        "user_domain_name": entered.domain, "project_name": "eu-west-0_build",
    }  # fmt: skip
    return {"northwind": {"auth": auth, "region_name": "eu-west-0"}, **more}


def text_of(response) -> str:
    return response.content.decode()


def upload(content: dict, name: str = "clouds.yaml") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, yaml.safe_dump({"clouds": content}).encode())


def test_it_is_offered_where_an_account_is_added(as_admin):
    page = text_of(as_admin.get("/clouds/add/"))
    assert f'action="{URL}"' in page
    assert as_admin.get(URL).status_code == 200


@pytest.mark.parametrize("htmx", [True, False])
def test_a_look_keeps_and_echoes_nothing(as_admin, cloud, htmx):
    odd = {"auth": {"auth_url": "https://x", "username": "u", "password": "geheim-1"}, "cacert": "/etc/hostname"}
    told = clouds(cloud, local=odd)
    response = as_admin.post(URL, {"file": [upload(told)]}, headers=HTMX if htmx else {})
    page = text_of(response)
    assert response.status_code == 200
    assert ("<html" in page) is not htmx
    assert "User and password: image-admin (northwind)" in page.replace("\n", " ")
    assert "project eu-west-0_build" in page
    assert "is the path of a file, which is not read here" in page
    for secret in (by_password(cloud).secret, "geheim-1"):
        assert secret not in page
    assert not Account.objects.exists()


def test_what_is_chosen_is_added_and_what_came_of_it_is_told(as_admin, cloud):
    told = clouds(cloud)
    told["other"] = told["northwind"]
    secure = SimpleUploadedFile("secure.yaml", yaml.safe_dump({"clouds": {}}).encode())
    sent = {"file": [upload(told), secure], "account": ["northwind"], "add": "1"}
    page = text_of(as_admin.post(URL, sent))
    assert "account added, 1 project added" in page
    assert list(Account.objects.values_list("name", flat=True)) == ["northwind"]
    assert Project.objects.managed().count() == 1
    again = text_of(as_admin.post(URL, {"file": [upload(told)], "account": ["northwind"], "add": "1"}))
    assert "account unchanged" in again
    assert by_password(cloud).secret not in page + again


def test_secrets_of_a_second_file(as_admin, cloud):
    told = clouds(cloud)
    password = told["northwind"]["auth"].pop("password")
    assert "password is missing" in text_of(as_admin.post(URL, {"file": [upload(told)]}))
    secure = upload({"northwind": {"auth": {"password": password}}}, "secure.yaml")
    assert "image-admin" in text_of(as_admin.post(URL, {"file": [upload(told), secure]}))


def test_its_text(as_admin, cloud):
    page = text_of(as_admin.post(URL, {"secret_text": yaml.safe_dump({"clouds": clouds(cloud)})}))
    assert 'value="northwind"' in page
    assert by_password(cloud).secret not in page


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Choose a clouds.yaml, or paste its text."),
        ({"secret_text": "clouds: ["}, "Text, line 1, is not YAML."),
        ({"secret_text": "a: 1"}, "has no section “clouds”"),
        ({"file": SimpleUploadedFile("clouds.yaml", b"\xff\xfe")}, "clouds.yaml is no text."),
        ({"file": SimpleUploadedFile("clouds.yaml", b"x" * 1_000_001)}, "is longer than any list of clouds"),
    ],
)
def test_what_cannot_be_read(as_admin, sent, words):
    response = as_admin.post(URL, sent, headers=HTMX)
    assert response.status_code == 422
    assert words in text_of(response)


def test_a_file_of_this_machine_and_its_variables_are_not_read(as_admin, monkeypatch):
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", "/etc/passwd")
    monkeypatch.setenv("OS_PASSWORD", "of-the-server")
    page = text_of(as_admin.post(URL, {"secret_text": "clouds: {a: {auth: {auth_url: 'https://x', username: u}}}"}))
    assert "password is missing" in page
    assert "of-the-server" not in page


def test_only_administrators(as_viewer, anonymous):
    for method in ("get", "post"):
        assert getattr(as_viewer, method)(URL).status_code == 403
        assert getattr(anonymous, method)(URL).status_code == 302


@pytest.mark.parametrize("key", ["flexible-engine", "otc-eu-de", "huawei"])
def test_a_known_cloud_fills_in_its_address(as_admin, key):
    """O11: known clouds are a choice."""
    from images.accounts.rules import known_cloud

    page = text_of(as_admin.get("/clouds/add/", {"cloud": key}))
    assert f'value="{known_cloud(key).auth_url}"' in page
    assert text_of(as_admin.get("/clouds/add/", {"cloud": "nonsense"})).count('aria-current="true"') == 0


def test_the_key_of_a_certificate_is_never_shown_again(as_admin, cloud):
    sent = {"name": "n", "auth_url": "https://127.0.0.1:9", "kind": "password", "private_key": "PRIVATE-LINES"}
    page = text_of(as_admin.post("/clouds/add/", sent))
    assert "PRIVATE-LINES" not in page


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("appcred", ["application_id"]),
        ("oidcpass", ["username", "identity_provider", "protocol", "client_id", "oidc_endpoint"]),
        ("oidcclient", ["identity_provider", "protocol", "client_id", "oidc_endpoint"]),
        ("token", []),
    ],
)
def test_what_a_way_of_signing_in_needs(as_admin, kind, missing):
    page = text_of(as_admin.post("/clouds/add/", {"kind": kind, "name": "n"}))
    for name in (
        "username",
        "access_key",
        "application_id",
        "identity_provider",
        "protocol",
        "client_id",
        "oidc_endpoint",
    ):
        assert (f'id="id_{name}_error"' in page) is (name in missing), name
    assert 'id="id_secret_error"' in page
