"""Formatting for templates; no queries, no decisions."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote

from django import template
from django.template.loader import get_template
from django.templatetags.static import static as static_url
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from heroicons.templatetags import heroicons

from images.core import humanize

register = template.Library()
register.filter("browser", humanize.browser)
register.filter("filesize", humanize.size)
register.filter("memory", humanize.memory)
register.filter("number", humanize.number)


@register.filter
def led_by(value: object, lead: str) -> str:
    """The value after `lead`; nothing when there is no value."""
    return format_html("{}{}", lead, value) if value else ""


@register.filter
def joined(rows: Iterable[object], name: str) -> str:
    """One attribute of each, with commas between."""
    return ",".join(str(getattr(row, name)) for row in rows)


@register.simple_tag(takes_context=True)
def hot(context: template.Context, name: str) -> SafeString:
    """A Jinja fragment (templates/<room>/*.jinja) with the page's variables (docs/adr/0002-jinja-for-hot-rows.md)."""
    fragment = get_template(name, using="jinja")
    # Django's stubs name the whole of what a key may be inside a context; flat, they are the names of variables
    variables = cast("dict[str, Any]", context.flatten())
    return mark_safe(fragment.render(variables))  # noqa: S308 # Jinja escaped it


@register.inclusion_tag("components/badge.html")
def badge(word: str, tone: str = "", icon: str = "", title: str = "") -> dict[str, str]:
    """A state in one word. Tones: good, wait, bad, note, accent, or none."""
    return {"word": word, "tone": tone, "icon": icon, "title": title}


@register.inclusion_tag("components/filter_select.html")
def filter_select(  # as the element has them
    label: str, name: str, element: str, choices: Iterable[tuple[object, object]], chosen: object, nothing: str
) -> dict[str, object]:
    """A choice in the form above a list. `element`: its id; `choices`: (value, label); `nothing`: no choice, said."""
    return {
        "label": label, "name": name, "id": element, "choices": choices, "chosen": chosen, "any": nothing,
    }  # fmt: skip


@register.inclusion_tag("components/filter_select.html")
def filter_project(element: str, projects: Iterable[Any], chosen: int) -> dict[str, object]:
    """The choice of a project (rows with their regions) in the form above a list."""
    choices = [(project.pk, f"{project.name} ({project.region.name})") for project in projects]
    return filter_select(_("Project"), "project", element, choices, chosen, _("any"))


@register.inclusion_tag("components/filter_date.html")
def filter_date(label: str, name: str, element: str, value: str) -> dict[str, str]:
    return {"label": label, "name": name, "id": element, "value": value}


@register.simple_tag
def some_names(names: Iterable[object], more: int) -> str:
    """“a, b, c, and 4 more”."""
    shown = ", ".join(map(str, names))
    if not more:
        return shown
    rest = ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more}
    return f"{shown}, {rest}"


@register.simple_tag
def moment(when: datetime | None, form: str = "ago") -> str:
    """A time as people read it, exact on hovering. Forms: "ago" (3 days ago), "age" (3 d), "exact". None: a dash."""
    if when is None:
        return "–"
    exact = humanize.exact(when, timezone.get_current_timezone())
    now = datetime.now(UTC)
    shown = {"ago": lambda: humanize.ago(when, now), "age": lambda: humanize.age(when, now), "exact": lambda: exact}[
        form
    ]()
    return format_html('<time datetime="{}" title="{}">{}</time>', when.isoformat(), exact, shown)


@register.simple_tag
def address(path: str, query: str = "", **parameters: object) -> str:
    """A path with a query: `query` as it is, then each parameter, quoted; what is None is left out."""
    more = [f"{name}={quote(str(value), safe=',')}" for name, value in parameters.items() if value is not None]
    parts = [part for part in (query, *more) if part]
    return f"{path}?{'&'.join(parts)}" if parts else path


@lru_cache(maxsize=256)
def _icon(name: str, attributes: tuple[tuple[str, Any], ...]) -> str:  # as the package takes them
    return heroicons.heroicon_mini(name, **dict(attributes))


@lru_cache(maxsize=256)
def _static(path: str) -> str:
    return static_url(path)


@register.simple_tag
def static(path: str) -> str:
    """Django's own, each file looked up once while the process lives: fourteen of them took 0.3 ms a page."""
    return _static(path)


@register.simple_tag
def heroicon_mini(name: str, **attributes: object) -> str:
    """The tag of the heroicons package, each icon drawn once: eleven of them in the header took 0.7 ms a page."""
    return _icon(str(name), tuple(attributes.items()))
