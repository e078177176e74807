"""A tag policy as people enter it: a row for each rule, and what the images would break of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from images.core.ims_limits import MAX_TAG_KEY
from images.core.violations import violation_message
from images.tags.queries.policy import tags_under_policy
from images.tags.rules.policy import ALLOWED, BARRED, MOST_RULES, REQUIRED, PolicyRule, TagRule, check_rules
from images.tags.services.policy import WantedPolicy

_NEEDS: Final = ((REQUIRED, _("is required")), (ALLOWED, _("may be there")), (BARRED, _("must not be there")))
_BINDING: Final = (("", _("Tell: show what breaks it")), ("on", _("Refuse: let nobody make an image break it")))
_FIELDS: Final = ("key", "need", "values", "pattern", "spelling", "note", "drop")
#: Rows for new rules below those that there are.
_FRESH: Final = 1
#: How a form writes the empty value.
_NOTHING: Final = '""'
_PLAIN: Final = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off", "class": "mono"}


@dataclass(frozen=True)
class Row:
    """One rule: its bound fields, its number from 1, and whether it is one that nothing was typed into."""

    number: int
    key: Any
    need: Any
    values: Any
    pattern: Any
    spelling: Any
    note: Any
    drop: Any
    fresh: bool


class PolicyForm(forms.Form):
    """`wanted` is what to save, once valid. Rows without a key, and those ticked to be dropped, count for nothing."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    rows = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_RULES + 1)
    binding = forms.ChoiceField(label=_("What becomes of a breach"), choices=_BINDING, required=False,
                                widget=forms.RadioSelect)  # fmt: skip
    inherits = forms.BooleanField(
        label=_("The default of all projects holds as well"),
        required=False,
        help_text=_("For keys that have no rule here."),
    )

    def __init__(self, data: QueryDict | None, now: WantedPolicy, *, of_all: bool, more: int = 0) -> None:
        """`more`: rows to add to those that `data` has."""
        self.number = _rows_of(data, len(now.rules)) + more
        if data is not None and more:
            data = data.copy()
            data["rows"] = str(self.number)
            for place in range(self.number - more, self.number):
                data[f"spelling_{place}"] = "on"
        first = {"version": now.version, "rows": self.number, "binding": "on" if now.binding else "",
                 "inherits": now.inherits}  # fmt: skip
        for place, rule in enumerate(now.rules):
            first |= {f"{name}_{place}": value for name, value in _entered(rule).items()}
        super().__init__(data, initial=first)
        if of_all:
            del self.fields["inherits"]
        for place in range(self.number):
            self.fields |= {f"{name}_{place}": field for name, field in _fields().items()}

    def lines(self) -> list[Row]:
        """The rules for the page."""
        found = []
        for place in range(self.number):
            bound = {name: self[f"{name}_{place}"] for name in _FIELDS}
            found.append(Row(place + 1, **bound, fresh=not bound["key"].value()))
        return found

    @cached_property
    def _rules(self) -> list[tuple[int, TagRule]]:
        """Place of the row, and the rule that stands in it."""
        said = ((place, {name: self[f"{name}_{place}"].value() for name in _FIELDS}) for place in range(self.number))
        return [(place, _rule(row)) for place, row in said if _counts(row)]

    @property
    def draft(self) -> tuple[PolicyRule, ...]:
        """The rules as they are entered, for a preview; those that are none yet are left out."""
        rules = [rule for _place, rule in self._rules if not check_rules([rule])]
        return tags_under_policy(rules, binding=bool(self["binding"].value()), inherited=False)

    @property
    def draft_inherits(self) -> bool:
        return "inherits" in self.fields and bool(self["inherits"].value())

    def clean(self) -> dict[str, Any]:
        places = [place for place, _rule_ in self._rules]
        for broken in check_rules([rule for _place, rule in self._rules]):
            place, _dot, name = broken.field.partition(".")
            field = f"{name}_{places[int(place)]}" if name else None
            if field not in self.errors:
                self.add_error(field, violation_message(broken))
        return self.cleaned_data

    @property
    def wanted(self) -> WantedPolicy:
        said = self.cleaned_data
        rules = tuple(rule for _place, rule in self._rules)
        return WantedPolicy(rules, bool(said["binding"]), said.get("inherits", True), said["version"])


def _rows_of(data: QueryDict | None, rules: int) -> int:
    """How many rows the form has: what it says itself, within reason."""
    said = data.get("rows", "") if data is not None else ""
    number = int(said) if said.isascii() and said.isdecimal() and len(said) < 4 else rules + _FRESH
    return min(number, MOST_RULES + _FRESH)


def _entered(rule: TagRule) -> dict[str, Any]:
    shown = ", ".join(value or _NOTHING for value in rule.values)
    return {"key": rule.key, "need": rule.need, "values": shown, "pattern": rule.pattern, "spelling": rule.spelling,
            "note": rule.note}  # fmt: skip


def _counts(row: dict[str, Any]) -> bool:
    typed = any(str(row[name] or "").strip() for name in ("key", "values", "pattern", "note"))
    return typed and not row["drop"]


def _rule(row: dict[str, Any]) -> TagRule:
    """Values cannot hold commas (9.2), so that commas part them."""
    parts = (part.strip() for part in str(row["values"] or "").replace("\n", ",").split(","))
    values = tuple(dict.fromkeys("" if part == _NOTHING else part for part in parts if part))
    texts = (str(row[name] or "").strip() for name in ("pattern", "note"))
    pattern, note = texts
    return TagRule(str(row["key"] or "").strip(), str(row["need"] or ""), values, pattern, bool(row["spelling"]), note)


def _fields() -> dict[str, forms.Field]:
    """Lengths and characters are the rules' to judge."""
    return {
        "key": _text(_("Key"), list="tag-keys", size=str(MAX_TAG_KEY // 2)),
        "need": forms.ChoiceField(label=_("This key"), choices=_NEEDS, required=False),
        "values": _text(_("Values"), placeholder=_("any"), help_text=_("With commas between them.")),
        "pattern": _text(_("Or a pattern"), placeholder=r"[a-z]+-\d{4}",
                         help_text=_("A regular expression for the whole value.")),
        "spelling": forms.BooleanField(label=_("No other spelling of the key"), required=False, initial=True),
        "note": forms.CharField(label=_("A word to people"), required=False, help_text=_("Shown at the field.")),
        "drop": forms.BooleanField(label=_("Remove this rule"), required=False),
    }  # fmt: skip


def _text(label: StrOrPromise, help_text: StrOrPromise = "", **attributes: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={**_PLAIN, **attributes})
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


def rules_in_words(rules: Sequence[PolicyRule]) -> list[tuple[PolicyRule, str]]:
    """Each rule with what it asks."""
    words = dict(_NEEDS)
    return [(one, str(words[one.rule.need])) for one in rules]
