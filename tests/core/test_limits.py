"""One person cannot keep the console busy for all others: 429 with words and Retry-After, for them and for a while."""

import threading
import time
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client
from django.urls import get_resolver

from images.access.enums import Role
from images.cache.models.image import Image
from images.core import clock, rate_limits
from images.core.rate_limits import Kind, TooMuch, take_slot
from images.operations.models.operation import Operation
from tests import factories
from tests.catalogue.test_act_views import hidden
from tests.conftest import person
from tests.console.broker.servers import redis_server

PREVIEW, EXPORT, CHECK = "/images/act/protect/", "/images/export/csv/", "/images/tag-check/?q=tag:env%3Dprod"
#: What routes of files are called; and those that are called so and show pages.
_FILES = ("csv", "export", "download")
_PAGES = {"tag_csv", "tag_csv_look", "tag_csv_discard"}


@pytest.fixture
def shelf(db):
    project = factories.project()
    owned = {"status": "active", "protected": False, "virtual_env_type": "FusionCompute"}
    factories.put(project, *(factories.document(n, project.project_id) | owned for n in range(1, 6)))
    return project


@pytest.fixture
def moment(monkeypatch):
    """The beginning of a minute; it stands still, and `moment(61)` is so much later."""
    start = clock.now().replace(second=0, microsecond=0)
    passed = [timedelta(0)]
    monkeypatch.setattr(clock, "now", lambda: start + passed[0])

    def later(seconds: float) -> None:
        passed[0] = timedelta(seconds=seconds)

    return later


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def chosen() -> dict[str, str]:
    return {"images": ",".join(str(pk) for pk in Image.objects.values_list("pk", flat=True))}


@pytest.fixture
def few(settings, moment):
    """Two of each kind, in a minute that does not end while they are asked for."""
    settings.LIMITS = dict.fromkeys(Kind, 2)


@pytest.mark.parametrize("url", [PREVIEW, EXPORT, "/reports/", "/reports/csv/", "/quotas/csv/", "/sharing/csv/",
                                 "/audit/export/csv/", "/tags/csv/download/?all=on", CHECK])  # fmt: skip
def test_who_asks_too_often_is_told_when_to_come_back(shelf, few, moment, url):
    asks, other = (signed_in(person(name, Role.OPERATOR)) for name in ("asks", "other"))
    url += ("&" if "?" in url else "?") + "images=" + chosen()["images"]
    moment(20)
    for _time in range(2):
        answer = asks.get(url)
        assert answer.status_code in {200, 422}
        answer.getvalue()
    answer = asks.get(url)
    assert (answer.status_code, answer["Retry-After"]) == (429, "40")
    page = answer.content.decode()
    assert "This was too much at once" in page
    assert "You have asked for this 2 times within a minute. Wait 40 seconds, then load this page again." in page
    assert other.get(url).status_code in {200, 422}
    moment(60)
    assert asks.get(url).status_code in {200, 422}


def test_what_was_refused_is_done_by_sending_the_same_again(shelf, few, moment):
    asks = signed_in(person("asks", Role.OPERATOR))
    sent = hidden(asks.post(PREVIEW, chosen()))
    assert asks.post(PREVIEW, chosen()).status_code == 200
    refused = asks.post(PREVIEW, sent)
    assert refused.status_code == 429
    assert "Nothing was done." in refused.content.decode()
    assert "the same is sent once more" in refused.content.decode()
    assert sent["images"] not in refused.content.decode()  # however many they are, they are not sent back
    assert not Operation.objects.exists()
    moment(60)
    assert asks.post(PREVIEW, sent).status_code == 302
    assert Operation.objects.count() == 1


def test_htmx_gets_a_notice_that_its_form_does_not_cut_down(shelf, few):
    asks = signed_in(person("asks", Role.OPERATOR))
    htmx = {"HX-Request": "true"}
    answers = [asks.post(PREVIEW, chosen() | {"look": "1"}, headers=htmx) for _time in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[-1]["HX-Reselect"] == ".notice"
    assert "nothing that you typed is lost" in answers[-1].content.decode()
    assert answers[-1].content.decode().lstrip().startswith('<div class="notice')


def test_kinds_are_counted_apart_and_pages_that_only_ask_are_not(shelf, few, as_admin):
    for _time in range(5):
        assert as_admin.get("/clouds/add/").status_code == 200
        assert as_admin.get("/tags/csv/").status_code == 200
    assert [as_admin.get(EXPORT).status_code for _time in range(3)] == [200, 200, 429]
    assert as_admin.get("/reports/").status_code == 200


def test_zero_is_no_limit(shelf, settings, as_admin):
    settings.LIMITS, settings.LIMIT_AT_ONCE = dict.fromkeys(Kind, 0), 0
    assert {as_admin.get("/reports/").status_code for _time in range(8)} == {200}


def test_a_file_that_is_still_read_keeps_its_place_and_gives_it_back(shelf, settings, viewer):
    settings.LIMIT_AT_ONCE = 2
    asks, other = signed_in(viewer), signed_in(person("other", Role.VIEWER))
    first, second = asks.get(EXPORT), asks.get(EXPORT)
    refused = asks.get(EXPORT)
    assert (refused.status_code, refused["Retry-After"]) == (429, "5")
    assert "2 things that you have asked for are still being worked on." in refused.content.decode()
    assert asks.get("/reports/").status_code == 429  # all that is expensive counts together
    assert other.get("/reports/").status_code == 200
    assert first.getvalue().count(b"\n") == 6  # read to its end
    assert asks.get("/reports/").status_code == 200
    leave(second)  # before it began
    third, fourth = asks.get(EXPORT), asks.get(EXPORT)
    assert (third.status_code, fourth.status_code) == (200, 200)


def leave(answer) -> None:
    """As a browser does that closes the connection. (The test's own one to the database must stay open.)"""
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)


def test_a_view_that_fails_keeps_no_place(shelf, settings, as_admin):
    settings.LIMIT_AT_ONCE = 1
    for _time in range(3):
        assert as_admin.get("/audit/export/nonsense/").status_code == 404
    assert as_admin.get("/reports/").status_code == 200


def when_there_is_one(user) -> rate_limits.Slot:
    deadline = time.monotonic() + 60
    while True:
        try:
            return take_slot(user, Kind.LOOKS)
        except TooMuch:
            assert time.monotonic() < deadline, "it is never forgotten"
            time.sleep(0.05)


def test_a_process_that_was_killed_keeps_its_places_for_two_minutes(settings, viewer, monkeypatch):
    settings.LIMIT_AT_ONCE, settings.LIMITS = 1, dict.fromkeys(Kind, 0)
    with monkeypatch.context() as sooner:
        sooner.setattr(rate_limits, "FORGOTTEN", 1)
        lost = take_slot(viewer, Kind.LOOKS)  # never left
    next_one = when_there_is_one(viewer)
    lost.leave()  # it was not dead after all: the place is somebody else's now
    with pytest.raises(TooMuch):
        take_slot(viewer, Kind.LOOKS)
    next_one.leave()
    take_slot(viewer, Kind.LOOKS)


@pytest.fixture(params=["its own memory", "Redis"])
def counter(request, settings, tmp_path):
    """Where it is counted. With Redis each thread has a connection of its own, as processes have."""
    if request.param == "its own memory":
        yield
        return
    with redis_server(tmp_path) as running:
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache",
                                       "LOCATION": running.url}}  # fmt: skip
        yield
        caches.close_all()


def test_many_at_once_are_counted_exactly(counter, settings, viewer, moment):
    settings.LIMIT_AT_ONCE, settings.LIMITS = 3, dict.fromkeys(Kind, 9)
    begin, got = threading.Barrier(12), []

    def ask() -> None:
        begin.wait(30)
        try:
            got.append(take_slot(viewer, Kind.FILES))
        except TooMuch:
            got.append(None)

    threads = [threading.Thread(target=ask) for _one in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert len(got) == 12
    places = [place for place in got if place is not None]
    assert len(places) == 3
    for place in places:
        place.leave()
    with pytest.raises(TooMuch, match="9 times within a minute"):
        take_slot(viewer, Kind.FILES)
    take_slot(viewer, Kind.LOOKS).leave()


def test_a_cache_that_is_away_refuses_nobody_and_is_told(shelf, settings, as_admin, caplog):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache",
                                   "LOCATION": "redis://127.0.0.1:1/0"}}  # fmt: skip
    assert as_admin.get("/reports/").status_code == 200
    assert "The cache does not answer" in caplog.text


def test_each_file_is_counted():
    """A new view that hands out a file says how much of it one person may have."""
    routes = get_resolver("images.urls").url_patterns
    files = {one.name: one.callback for one in routes if any(word in one.name for word in _FILES)}
    assert len(files) >= 9
    without = {name for name, view in files.items() if getattr(view, "limited", None) != Kind.FILES}
    assert without == _PAGES
