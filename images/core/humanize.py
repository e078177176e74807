"""Numbers, sizes, times and browsers in words. Pure functions; the exact value belongs in a title beside them."""

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import lru_cache

from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_BYTES = ("B", "KB", "MB", "GB", "TB", "PB")
#: Seconds of a unit, and its short sign.
_AGES = ((365 * 86400, "y"), (30 * 86400, "mo"), (86400, "d"), (3600, "h"), (60, "min"))

#: What a browser's long name for itself gives away; the first that is in it counts, for they all name their ancestors.
_BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS X": "macOS",
    "CrOS": "ChromeOS", "Linux": "Linux",
}  # fmt: skip


@lru_cache(maxsize=8192)
def _number(value: int, _language: str | None) -> str:
    return formats.number_format(value, use_l10n=True, force_grouping=True)


def number(value: int) -> str:
    """12,345 in the reader's language. Remembered: the formatting of Django takes longer than the counting."""
    return _number(value, translation.get_language())


def numbers() -> Callable[[int], str]:
    """`number` for one language: a page that shows hundreds of numbers asks for the language once."""
    language = translation.get_language()
    return lambda value: _number(value, language)


def size(value: int) -> str:
    """Decimal units, as `size:>10GB` reads them: three digits are enough to compare by eye."""
    scale, unit = 1, 0
    while value >= 1000 * scale and unit < len(_BYTES) - 1:
        scale, unit = scale * 1000, unit + 1
    amount = value / scale
    return f"{amount:.0f} {_BYTES[unit]}" if amount >= 100 or not unit else f"{amount:.3g} {_BYTES[unit]}"


def memory(megabytes: int) -> str:
    """IMS counts memory in MB of 2**20 bytes."""
    return f"{megabytes // 1024} GB" if megabytes and megabytes % 1024 == 0 else f"{megabytes} MB"


def age(moment: datetime, now: datetime) -> str:
    """How long ago, in one unit: "3 d". The future (clocks differ) and the last minute are "now"."""
    seconds = (now - moment).total_seconds()
    for length, sign in _AGES:
        if seconds >= length:
            return f"{int(seconds // length)} {sign}"
    return _("now")


def exact(moment: datetime, zone: tzinfo) -> str:
    """To the second, in the reader's zone, sortable: 2026-01-31 14:05:09 CET."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def ago(moment: datetime, now: datetime) -> str:
    """In a sentence: "20 seconds ago"."""
    seconds = max(0, int((now - moment).total_seconds()))
    if seconds < 60:
        return ngettext("%(n)d second ago", "%(n)d seconds ago", seconds) % {"n": seconds}
    if seconds < 7200:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", seconds // 60) % {"n": seconds // 60}
    if seconds < 172800:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", seconds // 3600) % {"n": seconds // 3600}
    days = seconds // 86400
    if days < 90:
        return ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}
    if days < 730:
        return ngettext("%(n)d month ago", "%(n)d months ago", days // 30) % {"n": days // 30}
    return ngettext("%(n)d year ago", "%(n)d years ago", days // 365) % {"n": days // 365}


def span(seconds: float) -> str:
    """How long something takes, as roughly as people say it: "40 s", "3 min", "2 h"."""
    if seconds < 90:
        return _("%(n)d s") % {"n": max(1, round(seconds))}
    if seconds < 5400:
        return _("%(n)d min") % {"n": round(seconds / 60)}
    return _("%(n)d h") % {"n": round(seconds / 3600)}


def browser(user_agent: str) -> str:
    """ "Firefox on Windows"; what is neither known nor a browser keeps its own name."""
    name = next((words for sign, words in _BROWSERS.items() if sign in user_agent), "")
    system = next((words for sign, words in _SYSTEMS.items() if sign in user_agent), "")
    if not name or not system:
        return user_agent or _("an unknown browser")
    return _("%(browser)s on %(system)s") % {"browser": name, "system": system}
