"""Questions: filters of the lists (5.1.1, 6.1.1) and the query by tags (5.2.3)."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from images.core import ims_limits
from images.core.text_rules import check_choice, check_switch
from images.core.violations import Violation

IMAGE_TYPES = ("gold", "private", "shared")
MEMBER_STATES = ("accepted", "rejected", "pending")
SORT_KEYS = ("name", "container_format", "disk_format", "status", "id", "size", "created_at")
SORT_DIRECTIONS = ("asc", "desc")
_TIME = re.compile(r"(gt|gte|lt|lte|eq|neq):\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ| \d\d:\d\d:\d\d)")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def check_list(filters: Mapping[str, str]) -> list[Violation]:
    """Query parameters of a list, as texts (5.1.1, 6.1.1)."""
    violations = check_choice("sort_key", filters.get("sort_key"), SORT_KEYS, rule="5.1.1")
    violations += check_choice("sort_dir", filters.get("sort_dir"), SORT_DIRECTIONS, rule="5.1.1")
    violations += check_choice("__imagetype", filters.get("__imagetype"), IMAGE_TYPES, code="IMG.0024", rule="5.1.1")
    violations += check_choice("member_status", filters.get("member_status"), MEMBER_STATES, rule="5.1.1")
    if filters.get("member_status") and filters.get("visibility") != "shared":
        message = _("Only images that are shared have a member state: choose them as well.")
        violations.append(Violation("member_status", message, "", "5.1.1"))
    if filters.get("marker") and not _UUID.fullmatch(filters["marker"]):
        violations.append(Violation("marker", _("A marker is the ID of an image."), "IMG.0066", "5.1.1"))
    for field in ("created_at", "updated_at"):
        if filters.get(field) and not _TIME.fullmatch(filters[field]):
            message = _("A time is written gte:2026-01-31T12:00:00Z, with gt, gte, lt, lte, eq or neq in front.")
            violations.append(Violation(field, message, "", "5.1.1"))
    return violations


def check_tag_query(body: Mapping[str, Any]) -> list[Violation]:
    """A query of 5.2.3: four lists of at most ten keys with at most ten values each, names and a page."""
    violations = check_choice("action", body.get("action") or "?", ("filter", "count"), rule="5.2.3")
    violations += check_switch("without_any_tag", body.get("without_any_tag"), "5.2.3")
    for field in ("tags", "tags_any", "not_tags", "not_tags_any"):
        violations += _check_keys(field, body.get(field))
    violations += _check_matches(body.get("matches"))
    if body.get("action") == "filter":
        violations += _check_number("limit", body.get("limit"), 1, ims_limits.MAX_QUERY_PAGE)
        violations += _check_number("offset", body.get("offset"), 0, 2**62)
    return violations


def _check_keys(field: str, given: object) -> list[Violation]:
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > ims_limits.MAX_QUERY_KEYS:
        message = _("At most %(most)d keys.") % {"most": ims_limits.MAX_QUERY_KEYS}
        return [Violation(field, message, "", "5.2.3")]
    violations = []
    keys = [entry.get("key") if isinstance(entry, Mapping) else None for entry in given]
    for place, (key, entry) in enumerate(zip(keys, given, strict=True)):
        if not isinstance(key, str) or not key.strip() or len(key) > ims_limits.MAX_QUERY_KEY:
            message = _("A key has 1 to %(most)d characters.") % {"most": ims_limits.MAX_QUERY_KEY}
            violations.append(Violation(f"{field}.{place}.key", message, "", "5.2.3"))
        elif key in keys[:place]:
            violations.append(Violation(f"{field}.{place}.key", _("Each key stands once."), "", "5.2.3"))
        if isinstance(entry, Mapping):
            violations += _check_values(f"{field}.{place}.values", entry.get("values"))
    return violations


def _check_values(field: str, values: object) -> list[Violation]:
    if values is None:
        return []
    if not isinstance(values, list) or len(values) > ims_limits.MAX_QUERY_KEYS:
        message = _("At most %(most)d values.") % {"most": ims_limits.MAX_QUERY_KEYS}
        return [Violation(field, message, "", "5.2.3")]
    if not all(isinstance(value, str) and len(value) <= ims_limits.MAX_QUERY_VALUE for value in values):
        message = _("A value has at most %(most)d characters.") % {"most": ims_limits.MAX_QUERY_VALUE}
        return [Violation(field, message, "", "5.2.3")]
    if len(set(values)) < len(values):
        return [Violation(field, _("Each value stands once."), "", "5.2.3")]
    return []


def _check_matches(given: object) -> list[Violation]:
    if given is None:
        return []
    entries = [entry if isinstance(entry, Mapping) else {} for entry in given] if isinstance(given, list) else [{}]
    keys = [entry.get("key") for entry in entries]
    if not all(key in ("resource_name", "resource_id") for key in keys) or len(set(keys)) < len(keys):
        message = _("Match resource_name and resource_id, each at most once.")
        return [Violation("matches", message, "", "5.2.3")]
    values = [entry.get("value") for entry in entries]
    if all(isinstance(value, str) and len(value) <= ims_limits.MAX_QUERY_VALUE for value in values):
        return []
    message = _("A value has at most %(most)d characters.") % {"most": ims_limits.MAX_QUERY_VALUE}
    return [Violation("matches", message, "", "5.2.3")]


def _check_number(field: str, value: object, least: int, most: int) -> list[Violation]:
    """Numbers travel as texts here; numbers are taken too (E18)."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and least <= value <= most):
        return []
    message = _("A whole number from %(least)d to %(most)d.") % {"least": least, "most": most}
    return [Violation(field, message, "", "5.2.3")]
