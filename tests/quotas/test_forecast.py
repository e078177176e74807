"""Forecasts against histories whose future is known: the day on which they run full lies within what was foretold."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest

from images.quotas.rules.forecast import FEWEST, HORIZON, Forecast, Outlook, forecast

START = date(2026, 1, 5)
SEEDS = 50
#: How much is left on the last day of the history.
LEFT = 90

Shape = Callable[[random.Random, int, int], float]


def straight(rng: random.Random, day: int, _days: int) -> float:
    return 200 + 1.5 * day + rng.gauss(0, 2)


def exact(_rng: random.Random, day: int, _days: int) -> float:
    return 200 + 2 * day


def saw_tooth(rng: random.Random, day: int, _days: int) -> float:
    """Each Sunday what the week built is cleared away, but for eight."""
    return 200 + 1.2 * day + 6 * (day % 7) + rng.gauss(0, 2)


def cleaned_up(rng: random.Random, day: int, days: int) -> float:
    return 260 + 2 * day + rng.gauss(0, 2) - (90 if day >= days // 2 else 0)


def flat(_rng: random.Random, _day: int, _days: int) -> float:
    return 300


def noise(rng: random.Random, _day: int, _days: int) -> float:
    return 300 + rng.gauss(0, 5)


def falling(rng: random.Random, day: int, _days: int) -> float:
    return 400 - 1.5 * day + rng.gauss(0, 2)


def played(shape: Shape, seed: int, days: int) -> tuple[list[tuple[date, int]], int, int | None]:
    """The history, the limit, and in how many days it is reached."""
    rng = random.Random(seed)
    every = [(START + timedelta(days=day), max(0, round(shape(rng, day, days)))) for day in range(days + HORIZON)]
    history = every[:days]
    limit = max(used for _day, used in history[-7:]) + LEFT
    return history, limit, next((place + 1 for place, (_d, used) in enumerate(every[days:]) if used >= limit), None)


@pytest.mark.parametrize("days", [35, 120])
@pytest.mark.parametrize("shape", [straight, exact, saw_tooth, cleaned_up])
def test_the_true_day_lies_in_the_range_and_the_range_is_of_use(shape, days):
    hits, widths = 0, []
    for seed in range(SEEDS):
        history, limit, ahead = played(shape, seed, days)
        assert ahead is not None
        told = forecast(history, limit)
        assert told.outlook == Outlook.SPAN, told
        today = history[-1][0]
        hits += told.first <= today + timedelta(days=ahead) <= told.last
        widths.append((told.last - told.first).days / ahead)
    assert hits >= 0.9 * SEEDS
    assert sorted(widths)[SEEDS // 2] < (0.6 if days < 60 else 0.25)


@pytest.mark.parametrize("days", [21, 35, 120])
@pytest.mark.parametrize("shape", [flat, noise])
def test_of_what_goes_nowhere_no_day_is_named(shape, days):
    told = [forecast(*played(shape, seed, days)[:2]).outlook for seed in range(SEEDS)]
    assert told.count(Outlook.STEADY) >= 0.95 * SEEDS


def test_a_clean_up_is_named_and_left_out_of_the_pace():
    history, limit, _ahead = played(cleaned_up, 1, 60)
    told = forecast(history, limit)
    assert told.cleaned == START + timedelta(days=30)
    assert told.pace == pytest.approx(14, abs=1)
    assert forecast(played(saw_tooth, 1, 60)[0], limit).cleaned is None


def test_what_shrinks_is_far_or_full_is_said_so():
    assert forecast(played(falling, 1, 60)[0], 1000).outlook == Outlook.SHRINKING
    assert forecast(played(exact, 1, 60)[0], 5000).outlook == Outlook.FAR
    history = played(exact, 1, 60)[0]
    assert forecast(history, history[-1][1]).outlook == Outlook.FULL


def test_with_few_days_nothing_is_said():
    history, limit, _ahead = played(exact, 1, FEWEST)
    assert forecast(history, limit).outlook == Outlook.SPAN
    assert forecast(history[1:], limit) == forecast([], limit) == Forecast(Outlook.TOO_LITTLE)


def test_days_without_a_sample_are_no_change():
    """Where the console was off for some days the pace stays."""
    history, limit, _ahead = played(exact, 1, 60)
    some = [entry for place, entry in enumerate(history) if place % 5]
    assert forecast([history[0], *some[1:-1], history[-1]], limit).pace == pytest.approx(14, abs=1)


def test_less_room_is_less_time():
    history, limit, _ahead = played(saw_tooth, 3, 90)
    spans = [forecast(history, limit + more) for more in (0, 20, 60, 100)]
    assert all(one.first <= other.first and one.last <= other.last for one, other in pairwise(spans))


def test_a_forecast_is_kept_as_json():
    made = forecast(*played(cleaned_up, 2, 60)[:2])
    kept = Forecast.of(made.as_json)
    assert (kept.outlook, kept.first, kept.last, kept.cleaned) == (made.outlook, made.first, made.last, made.cleaned)
    assert Forecast.of({}) == Forecast(Outlook.TOO_LITTLE)
