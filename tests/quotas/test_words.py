"""The forecast as people say it."""

from datetime import date

import pytest

from images.quotas.rules.forecast import Forecast, Outlook
from images.quotas.tables.overview import forecast_basis, forecast_text


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2027, 3, 12), date(2027, 3, 30), "between 12 and 30 March 2027"),
        (date(2027, 3, 12), date(2027, 4, 3), "between 12 March and 3 April 2027"),
        (date(2026, 12, 30), date(2027, 1, 3), "between 30 December 2026 and 3 January 2027"),
        (date(2027, 3, 12), date(2027, 3, 12), "around 12 March 2027"),
    ],
)
def test_a_span_is_said_as_shortly_as_possible(first, last, said):
    assert forecast_text(Forecast(Outlook.SPAN, first, last)) == said


def test_where_no_span_can_be_named():
    assert forecast_text(Forecast(Outlook.FROM, date(2027, 3, 12))) == "not before 12 March 2027"
    assert forecast_text(Forecast(Outlook.FAR)) == "not within two years"
    assert forecast_text(Forecast(Outlook.SHRINKING)) == "shrinking"
    told = Forecast(Outlook.SPAN, date(2027, 3, 1), date(2027, 3, 2), 14.04, date(2026, 8, 7))
    assert forecast_basis(told) == "At this pace: 14.0 images a week. The clean-up of 7 August 2026 is left out of it."
