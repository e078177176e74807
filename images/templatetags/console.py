"""Formatting for templates; no queries, no decisions."""

from datetime import UTC, datetime
from functools import lru_cache

from django import template
from django.template.loader import get_template
from django.templatetags.static import static as static_url
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from heroicons.templatetags import heroicons

from images import words

register = template.Library()
register.filter("browser", words.browser)
register.filter("filesize", words.size)
register.filter("memory", words.memory)
register.filter("number", words.number)


@register.simple_tag(takes_context=True)
def hot(context: template.Context, name: str) -> SafeString:
    """A Jinja fragment of templates/hot/ with the page's own variables (docs/adr/0002-jinja-for-hot-rows.md)."""
    fragment = get_template(name, using="jinja")
    return mark_safe(fragment.render(context.flatten()))  # noqa: S308 # Jinja escaped it


@register.simple_tag
def moment(when: datetime | None, form: str = "ago") -> str:
    """A time as people read it, exact on hovering. Forms: "ago" (3 days ago), "age" (3 d), "exact". None: a dash."""
    if when is None:
        return "–"
    exact = words.exact(when, timezone.get_current_timezone())
    now = datetime.now(UTC)
    shown = {"ago": lambda: words.ago(when, now), "age": lambda: words.age(when, now), "exact": lambda: exact}[form]()
    return format_html('<time datetime="{}" title="{}">{}</time>', when.isoformat(), exact, shown)


@lru_cache(maxsize=256)
def _icon(name: str, attributes: tuple[tuple[str, object], ...]) -> SafeString:
    return heroicons.heroicon_mini(name, **dict(attributes))


@lru_cache(maxsize=256)
def _static(path: str) -> str:
    return static_url(path)


@register.simple_tag
def static(path: str) -> str:
    """Django's own, each file looked up once while the process lives: fourteen of them took 0.3 ms a page."""
    return _static(path)


@register.simple_tag
def heroicon_mini(name: str, **attributes: object) -> SafeString:
    """The tag of the heroicons package, each icon drawn once: eleven of them in the header took 0.7 ms a page."""
    return _icon(str(name), tuple(attributes.items()))
