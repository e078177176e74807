"""Changes of a tag policy as people read them, from the entries of the audit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from images.tags.rules.policy import ALLOWED, BARRED, REQUIRED, TagRule, asks

#: What stands before the key of a rule in an entry (`WantedPolicy.told` in tags/services/policy.py).
_RULE = "tag "


@dataclass(frozen=True, slots=True)
class ChangedRule:
    """One rule or setting: "" where there was or is none."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One change of the policy."""

    at: datetime
    actor: str
    changes: tuple[ChangedRule, ...]


def policy_change(at: datetime, actor: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> PolicyChange:
    return PolicyChange(at, actor, tuple(_changes(before, after)))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ChangedRule]:
    settings = {"binding": _("breaches are"), "inherits": _("the default")}
    for name in {**before, **after}:
        if name.startswith(_RULE):
            yield ChangedRule(name.removeprefix(_RULE), rule_in_words(before.get(name)), rule_in_words(after.get(name)))
        elif name in settings:
            yield ChangedRule(settings[name], _setting(name, before.get(name)), _setting(name, after.get(name)))


def _setting(name: str, value: object) -> str:
    if name == "binding":
        return _("refused") if value else _("told")
    return _("holds as well") if value else _("does not hold")


def rule_in_words(given: Mapping[str, Any] | None) -> str:
    """A rule of the audit in one line; "" for none."""
    if not given:
        return ""
    rule = TagRule.of(given)
    needs = {REQUIRED: _("required"), ALLOWED: _("may be there"), BARRED: _("barred")}
    spelling = "" if rule.spelling or rule.need == BARRED else _("any spelling")
    return "; ".join(filter(None, (needs.get(rule.need, rule.need), asks(rule).rstrip("."), spelling, rule.note)))
