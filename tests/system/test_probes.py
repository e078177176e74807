"""Whoever watches a process is answered whatever it calls it; everybody else is held to ALLOWED_HOSTS."""

import pytest

from console.middleware import PROBES

pytestmark = pytest.mark.django_db
#: A kubelet sends the pod's address, compose's check loopback, a balancer often no name at all, a fool nonsense.
HOSTS = ("10.0.3.7:8000", "127.0.0.1:8000", "[fd00::7]:8000", "", "not_a_host!", "evil.example.org")


@pytest.fixture(autouse=True)
def _one_name(settings):
    settings.ALLOWED_HOSTS = ["images.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    settings.METRICS_TOKEN = "open-sesame"


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", sorted(PROBES))
def test_probes_are_answered_whatever_the_host(anonymous, path, host):
    answer = anonymous.get(path, HTTP_HOST=host, headers={"Authorization": "Bearer open-sesame"})
    assert answer.status_code == 200
    assert "Location" not in answer
    assert not answer.cookies
    assert host not in answer.content.decode() or not host
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/healthz/", "/readyz/x", "/images/../healthz", "/nowhere"])
def test_nothing_else_is(anonymous, path, host):
    assert anonymous.get(path, HTTP_HOST=host, secure=True).status_code == 400


def test_a_probe_is_counted_as_what_it_is(anonymous):
    anonymous.get("/healthz", HTTP_HOST="10.0.3.7:8000")
    text = anonymous.get(
        "/metrics", HTTP_HOST="10.0.3.7:8000", headers={"Authorization": "Bearer open-sesame"}
    ).content.decode()
    assert 'console_request_seconds_count{method="GET",status="200",view="images:healthz"}' in text


def test_a_probe_asks_for_no_more_than_it_says(anonymous):
    assert anonymous.post("/healthz", HTTP_HOST="10.0.3.7:8000").status_code == 405
