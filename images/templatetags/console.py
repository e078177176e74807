"""Formatting for templates; no queries, no decisions."""

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def hot(context: template.Context, name: str) -> SafeString:
    """Renders a Jinja fragment of templates/hot/ with the page's own variables (docs/adr/0002-jinja-for-hot-rows.md)."""
    fragment = get_template(name, using="jinja")
    return mark_safe(fragment.render(context.flatten()))  # noqa: S308 # Jinja escaped it
