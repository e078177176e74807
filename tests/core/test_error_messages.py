"""Measures: by the code of appendix B or else by the status, whatever was kept of the error."""

import pytest

from images.core.error_messages import code_of, error_message, failure_of
from images.ims import ConnectionFailed, lookup
from images.ims.answers import Answer, error_of
from images.ims.codes import MEASURES_BY_STATUS
from images.operations.actions import ActionFailed


def refused(status: int, body: bytes = b"") -> Exception:
    return error_of(Answer("GET", "/v2/images/x", status, {}, body, "req-1"))


@pytest.mark.parametrize("status", sorted(MEASURES_BY_STATUS))
def test_an_answer_without_a_code_has_the_measure_of_its_status(status):
    """I7: a 403 without a code, and its siblings."""
    told = error_message(code_of(refused(status)), "It said no.")
    assert told is not None
    assert (told.code, told.measure) == ("", MEASURES_BY_STATUS[status])


@pytest.mark.parametrize("code", ["IMG.0116", "IMG.0046", "IMG.0070"])
def test_a_code_of_appendix_b_has_its_own(code):
    row = lookup(code)
    assert row is not None
    error = refused(400, f'{{"error": {{"code": "{code}", "message": "m"}}}}'.encode())
    told = error_message(code_of(error), str(error), "req-1")
    assert told is not None
    assert (told.code, told.meaning, told.measure, told.request_id) == (code, row.meaning, row.measure, "req-1")


def test_a_code_that_appendix_b_does_not_know_has_that_of_its_status():
    error = refused(409, b'{"error": {"code": "IMG.9999", "message": "new"}}')
    assert code_of(error) == "IMG.9999 HTTP 409"
    told = error_message(code_of(error), str(error))
    assert told is not None
    assert told.measure == MEASURES_BY_STATUS[409]


def test_a_missing_permission_is_asked_for_before_support():
    """I3, I6: IMG.0026 comes with 403; support cannot grant what an administrator withholds."""
    told = error_message("IMG.0026", "It said no.")
    assert told is not None
    assert told.measure == f"{MEASURES_BY_STATUS[403]} Contact technical support."


def test_what_is_no_answer_of_a_service_has_its_own_measure_or_none():
    error = ConnectionFailed("No.", kind="dns", host="h")
    assert code_of(error) == ""
    assert "name servers" in failure_of(error).measure
    conflict = ActionFailed("Somebody was faster.", "conflict")
    told = error_message(code_of(conflict), str(conflict))
    assert told is not None
    assert (told.code, told.measure) == ("", "")
    assert error_message("", "") is None
