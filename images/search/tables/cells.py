"""Cells of the list, drawn.

The one place where Python writes HTML: fifty rows of ten cells took Jinja 4 ms of choosing and escaping; most cells of
a list repeat (status, project, region, version), so that drawing each value once and remembering it leaves 0.6 ms.
Everything that comes from outside passes `format_html` or `escape`.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from html import escape  # Django's own looks for lazy texts first, which takes three times as long

from django.utils.html import format_html
from django.utils.safestring import SafeString

from images.cache.tables.labels import STATUS, UNKNOWN_STATUS
from images.core import humanize

NONE = SafeString('<td class="none">–</td>')
#: Tags shown in a cell before "+1".
_TAGS_SHOWN = 2
#: Letters that are sure to fit into a column (static/css/catalogue.css).
_LONG = 28


@lru_cache(maxsize=4096)
def text(value: str) -> SafeString:
    """A long one may be cut short by the column; the title says it whole."""
    if len(value) > _LONG:
        return format_html('<td title="{}">{}</td>', value, value)
    return format_html("<td>{}</td>", value)


@lru_cache(maxsize=512)
def soft(value: str, title: str) -> SafeString:
    return format_html('<td class="soft" title="{}">{}</td>', title, value)


@lru_cache(maxsize=64)
def yes(word: str) -> SafeString:
    return format_html('<td class="yes">{}</td>', word)


@lru_cache(maxsize=64)
def status(value: str) -> SafeString:
    """Icon and word: colour is never the only sign."""
    tone, icon = STATUS.get(value, UNKNOWN_STATUS)
    return format_html(
        '<td><span class="status status-{}"><span aria-hidden="true">{}</span> {}</span></td>', tone, icon, value
    )


@lru_cache(maxsize=4096)
def number(shown: str, title: str = "") -> SafeString:
    if not title:
        return format_html('<td class="number">{}</td>', shown)
    return format_html('<td class="number" title="{}">{}</td>', title, shown)


def name(pk: int, value: str, href: str, now: str = "") -> SafeString:
    """The span holds what is being done to the image; polls put it there too (templates/catalogue/rows_now.html)."""
    link = f'<a href="{escape(href)}">{escape(value)}</a>'
    return SafeString(f'<th scope="row" class="name">{link}<span id="now-{pk}">{now}</span></th>')


def identity(value: str) -> SafeString:
    return SafeString(f'<td class="id"><code>{escape(value)}</code></td>')


def time(value: datetime, now: datetime, zone: tzinfo) -> SafeString:
    exact = humanize.exact(value, zone)
    shown = humanize.age(value, now)
    return SafeString(  # digits and signs of our own, and the name of a zone
        f'<td class="time"><time datetime="{value.isoformat()}" title="{escape(exact)}">{shown}</time></td>'
    )


@lru_cache(maxsize=4096)
def _tag(value: str) -> SafeString:
    return format_html('<span class="tag">{}</span>', value)


def tags(pairs: Sequence[tuple[str, str]]) -> SafeString:
    """The first few as chips, all of them in the title."""
    if not pairs:
        return NONE
    texts = [f"{key}={value}" if value else key for key, value in pairs]
    rest = f'<span class="soft">+{len(texts) - _TAGS_SHOWN}</span>' if len(texts) > _TAGS_SHOWN else ""
    shown = "".join(_tag(text) for text in texts[:_TAGS_SHOWN])
    return SafeString(f'<td class="tags" title="{escape(", ".join(texts))}">{shown}{rest}</td>')


@lru_cache(maxsize=1024)
def breaches(words: tuple[str, ...]) -> SafeString:
    """The first thing that is wrong with the tags, all of them in the title."""
    rest = format_html(' <span class="soft">+{}</span>', len(words) - 1) if len(words) > 1 else ""
    shown = format_html('<span class="badge badge-wait">{}</span>', words[0])
    return format_html('<td class="tags" title="{}">{}{}</td>', "; ".join(words), shown, rest)


def row(pk: int, label: str, drawn: Sequence[str], *, again: bool = False) -> SafeString:
    """A whole row, the box to pick it first; the box belongs to the form of the selection bar (list.html).

    `again`: takes the place of the same image's row in a page that is open.
    """
    box = f'<input type="checkbox" form="acts" name="image" value="{pk}" id="image-{pk}" aria-label="{escape(label)}">'
    return SafeString(
        f'<tr id="row-{pk}"{" hx-swap-oob=true" if again else ""}><td class="pick">{box}</td>{"".join(drawn)}</tr>'
    )
