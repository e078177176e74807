"""Numbers that no database keeps, NULs and other oddities in every path, query and form: none of them is an error of
ours, and ids beyond what a row can have name nothing (404)."""

from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver

from tests.guards.cast import STAFF, build
from tests.guards.tables import ROWS

pytestmark = pytest.mark.also_on_postgres

#: Beyond 64 bits with a sign, beyond 64 bits, and beyond what Python turns into a number.
TOO_LARGE = (str(2**63), str(2**64), "9" * 5000)
ODD = (
    "\0", "a\0b", "9" * 19, str(2**63), "9" * 40, "9" * 5000, "-1", "²", "٣", "1e9", "[", "http://[", "x:", "p", "p²",
    f"p{2**63}", f"r{10**30}", "0001-01-01", "9999-12-31", "12:5-", f"{2**63}:1", f"{10**30}:{10**30}:x-2",
    f"{2**63}:{2**63}:sent:0", "é" * 300, "%00", "size:>" + "9" * 40, "created:9999", "tag:\0=\0", "<", "[[[[",
)  # fmt: skip
#: What pages read of their query.
ASKED = [
    "seen", "page", "before", "after", "project", "q", "text", "key", "cursor", "sort", "show", "span", "since",
    "until", "person", "object", "event", "kind", "state", "whose", "items", "images", "image", "field", "change",
    "add", "name", "typed", "tab", "from", "upload", "busy", "owner", "box", "flag", "mine", "recipient", "status",
    "stale", "trust", "offset", "report", "project_id", "tag_key", "months", "year", "columns", "size", "density",
    "next", "operation",
]  # fmt: skip
#: What they read of a form beside what forms declare.
POSTED = [
    "key", "operation", "holder", "busy", "share", "image", "images", "query", "notice", "session", "project",
    "all", "fingerprint", "vote", "why", "text", "count", "seen", "name", "user", "role", "version", "rows",
    "happened", "account", "project_id", "assigned_to", "value", "tag_key", "tag_value", "old", "next", "theme",
    "columns", "size", "file_name", "last_modified", "active", "url", "organisation", "person", "hour", "days",
    "email", "report", "trust", "region", "notes",
]  # fmt: skip
#: Requests for each URL and method; each name has another value in each of them. `make test` asks the first.
ROUNDS = 3
MORE = pytest.param(range(1, ROUNDS), marks=pytest.mark.lane(minutes=0.01))


def patterns(resolver: URLResolver, prefix: str = ""):
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern)


NUMBERED = sorted({route for route in patterns(get_resolver()) if "<id:" in route or "<int:" in route})


@pytest.fixture(scope="module")
def staged(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        world = build()
        client = Client()
        client.force_login(world.people[STAFF])
        yield world, client.cookies[settings.SESSION_COOKIE_NAME].value
        transaction.set_rollback(True)


def status(session: str, method: str, path: str, data=None, **headers) -> int:
    """Of the answer; whatever was done on the way to it is taken back."""
    client = Client(raise_request_exception=False)
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    cache.clear()
    with transaction.atomic():
        answer = getattr(client, method)(path, data, headers=headers)
        if answer.streaming:
            list(answer)
        transaction.set_rollback(True)
    return answer.status_code


def test_there_are_paths_with_numbers():
    assert len(NUMBERED) > 60


@pytest.mark.django_db
@pytest.mark.parametrize("route", NUMBERED)
def test_a_number_that_no_row_can_have_names_nothing(route, staged):
    _world, session = staged
    wrong = []
    for number in TOO_LARGE:
        path = "/" + route
        for place in [part.partition(">")[0] for part in route.split("<")[1:]]:
            path = path.replace(f"<{place}>", number if place.startswith(("id:", "int:")) else "reject")
        got = {method: status(session, method, path) for method in ("get", "post")}
        wrong += [f"{method} {path[:80]}: {code}" for method, code in got.items() if code != 404]
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
@pytest.mark.parametrize("turns", [range(1), MORE], ids=["first", "more"])
@pytest.mark.parametrize("name", sorted(ROWS))
def test_odd_values_are_no_error_of_ours(name, turns, staged):
    world, session = staged
    row = ROWS[name]
    path = row.path.format(**world.own)
    bare = path.partition("?")[0]
    wrong = [(odd, status(session, "get", odd)) for odd in (odd_paths(row.path, world.own) if 0 in turns else ())]
    for turn in turns:
        if row.get is not None:
            query = "&".join(f"{one}={quote(value[:900])}" for one, value in turned(ASKED, name, turn).items())
            wrong.append((f"GET {bare}?{query}", status(session, "get", f"{bare}?{query}")))
        if row.post is not None:
            data = turned(POSTED, name, turn)
            wrong.append((f"POST {path} with {data}", status(session, "post", path, data)))
    wrong = [f"{what[:2000]}: {code}" for what, code in wrong if code >= 500]
    assert not wrong, "\n".join(wrong)


def turned(names: list[str], url: str, turn: int) -> dict[str, str]:
    """Over all URLs each name meets each value."""
    first = sum(map(ord, url)) * ROUNDS + turn
    return {name: ODD[(first + 7 * place) % len(ODD)] for place, name in enumerate(names)}


def odd_paths(path: str, things) -> list[str]:
    """The path with something odd in the place of each name that is no number."""
    odd = ("%00", "a%00b", "9" * 40, "%F0%9F%98%80", "http:%2F%2F%5B")
    named = ("{image_id}", "{region}", "{partner_id}", "{project}")
    fixed = ("/approvals/", "/csv/", "/reject/", "/status/", "/sso/")
    swapped = [path.replace(place, one) for place in named if place in path for one in odd]
    swapped += [path.replace(place, f"/{one}/") for place in fixed if place in path for one in odd]
    return [one.format(**things) for one in swapped]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "data", "code"),
    [
        ("post", "/preferences/theme/", {"next": "abc", "theme": "dark"}, 302),
        ("post", "/preferences/theme/", {"next": "images:home"}, 302),
        ("post", "/preferences/theme/", {"next": "http://["}, 302),
        ("post", "/accounts/2fa/authenticate/", {"next": "http://["}, 302),
        ("get", "/accounts/login/?next=http://[", None, 302),
        ("get", "/sharing/?recipient=http://%5B", None, 200),
        ("get", "/sharing/with/http://%5B/", None, 404),
        ("get", "/sharing/with/a%00b/", None, 404),
        ("get", f"/images/now/?images={2**63}&seen={2**63}:{10**30}:x:y-1", None, 286),
        ("get", "/audit/?person=%00a&text=%0%000&object=image:%00", None, 200),
        ("get", "/people/?q=a%00b", None, 200),
    ],
)  # fmt: skip
def test_what_broke_once(method, path, data, code, staged):
    _world, session = staged
    assert status(session, method, path, data) == code


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", ["abc", "images:home", "//evil.example", "https://evil.example/", "/\\evil.example"])
def test_only_a_page_of_ours_is_led_to(client, wanted):
    answer = client.post("/preferences/theme/", {"next": wanted, "theme": "dark"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.post("/preferences/theme/", {"next": "/images/?q=a"})["Location"] == "/images/?q=a"


@pytest.mark.django_db
def test_a_page_that_htmx_cannot_have_come_from(client):
    answer = client.get("/images/", headers={"HX-Request": "true", "HX-Current-URL": "http://["})
    assert answer["HX-Redirect"] == "/accounts/login/?next=/"
