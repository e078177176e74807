"""What every page knows, where there is less of a request than usual."""

from django.test import RequestFactory

from images.system.context import console


def test_a_page_without_a_person_has_no_pulse() -> None:
    """Drawn before anybody looked who asks, as by a middleware that refuses."""
    request = RequestFactory().get("/")
    assert not hasattr(request, "user")
    assert not console(request)["sync_indicator"]
