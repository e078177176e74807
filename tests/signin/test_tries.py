"""How often a password may be tried: a counter per account and one per client, whatever name, address or Host it is."""

import pytest
from django.core.cache import cache
from django.test import Client

from console.settings import CACHES
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
WRONG = "wrong"
TOO_MANY = b"Too many failed login attempts"


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()
    yield
    cache.clear()


def tried(login: str, password: str = WRONG, *, host: str = "testserver", address: str = "127.0.0.1") -> str:
    """What becomes of it: in, refused, or stopped without looking at the password."""
    sent = {"login": login, "password": password}
    answer = Client(headers={"Host": host}).post("/accounts/login/", sent, REMOTE_ADDR=address)
    if answer.status_code == 302:
        return "in"
    return "stopped" if TOO_MANY in answer.content else "refused"


def test_the_host_header_does_not_begin_a_new_counter(viewer, settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
    hosts = [f"127.0.0.1:{1000 + n}" for n in range(3)] + ["localhost", "testserver"]
    assert [tried("viewer", host=host, address=f"192.0.2.{n}") for n, host in enumerate(hosts)] == ["refused"] * 5
    assert tried("viewer", PASSWORD, host="127.0.0.1:2000", address="192.0.2.9") == "stopped"


@pytest.mark.parametrize("names", [
    ["viewer", "viewer@example.org"], ["viewer", "VIEWER", "Viewer@Example.org", " viewer "],
])  # fmt: skip
def test_name_and_address_of_one_account_are_one_counter(viewer, names):
    said = [tried(names[n % len(names)], address=f"192.0.2.{n}") for n in range(5)]
    assert said == ["refused"] * 5
    assert {tried(name, PASSWORD, address="192.0.2.9") for name in names} == {"stopped"}


def test_other_accounts_go_on(viewer, admin):
    for n in range(6):
        tried("viewer", address=f"192.0.2.{n}")
    assert tried("admin", PASSWORD) == "in"


def test_names_that_nobody_has_are_counted_too(viewer):
    """Otherwise the answer would tell which names exist."""
    assert [tried("nobody", address=f"192.0.2.{n}") for n in range(6)] == ["refused"] * 5 + ["stopped"]


def test_who_comes_in_spends_nothing_and_frees_nothing(viewer):
    for n in range(4):
        assert tried("viewer", address=f"192.0.2.{n}") == "refused"
    assert tried("viewer", PASSWORD, address="192.0.2.9") == "in"
    assert tried("viewer", address="192.0.2.7") == "refused"
    assert tried("viewer", PASSWORD, address="192.0.2.9") == "stopped"


def test_one_client_is_counted_over_all_accounts(viewer):
    assert [tried(f"name{n}") for n in range(10)] == ["refused"] * 10
    assert tried("viewer", PASSWORD) == "stopped"
    assert tried("viewer", PASSWORD, address="192.0.2.1") == "in"


def test_confirming_who_one_is_counts_with_signing_in(viewer):
    client = Client()
    client.force_login(viewer)
    for n in range(5):
        tried("viewer@example.org", address=f"192.0.2.{n}")
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD}, REMOTE_ADDR="192.0.2.9")
    assert answer.status_code == 200
    assert TOO_MANY in answer.content


def test_a_flood_of_names_does_not_wash_the_counters_out(viewer):
    """The memory of a process forgets a third of what it holds when it is full (300 entries, unless told otherwise)."""
    assert CACHES["default"]["OPTIONS"]["MAX_ENTRIES"] >= 10_000
