"""What people wish for the tags of many images: a row for each step, and what it would change."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from images.cache.rules.dialects import Dialect, strictest
from images.cache.rules.tag_changes import TagStep
from images.cache.rules.tags import typed_pair
from images.core.ims_limits import MAX_TAG_KEY, MAX_TAG_VALUE
from images.core.violations import violation_message
from images.operations.forms.actions import ConfirmForm
from images.operations.services import Target
from images.tags.services.bulk import TagPlan, plan

#: Steps that one form takes.
ROWS: Final = 5
_FIELDS: Final = ("do", "key", "value", "to")
_DO: Final = (
    ("set", gettext_lazy("Set a tag")),
    ("add", gettext_lazy("Add a tag where the key is missing")),
    ("rename", gettext_lazy("Rename a key")),
    ("change", gettext_lazy("Change a value")),
    ("remove", gettext_lazy("Remove a tag")),
)
_PLAIN: Final = {
    "autocomplete": "off",
    "spellcheck": "false",
    "autocapitalize": "off",
    "class": "mono",
    "placeholder": " ",
}


@dataclass(frozen=True)
class Row:
    """One step of the form: its four bound fields, whether there is something in it, and its number from 1."""

    number: int
    do: Any
    key: Any
    value: Any
    to: Any
    filled: bool


class TagForm(ConfirmForm):
    """Tags of many images (5.2.4). Empty rows count for nothing."""

    #: The fields are laid out by this template instead of one below the other.
    body: Final = "tags/_act_form.html"

    def __init__(self, data: QueryDict | None, judged: Any, typed: QueryDict | None = None) -> None:
        super().__init__(data, judged, typed)
        for number in range(1, ROWS + 1):
            self.fields |= {f"{name}_{number}": field for name, field in _fields().items()}
        for name in self.fields.keys() - self.base_fields.keys():
            if typed and name in typed:
                self.initial[name] = typed[name]

    @cached_property
    def rows(self) -> list[Row]:
        found = []
        for number in range(1, ROWS + 1):
            bound = {name: self[f"{name}_{number}"] for name in _FIELDS}
            filled = any(bound[name].value() for name in ("key", "value", "to"))
            found.append(Row(number, **bound, filled=filled))
        return found

    @cached_property
    def wishes(self) -> list[tuple[int, TagStep]]:
        """Number of the row, and what stands in it."""
        return [(row.number, _wish(row)) for row in self.rows if row.filled]

    @cached_property
    def dialect(self) -> Dialect:
        """In which the steps are checked: the one that allows least, where the images have several."""
        return strictest(project.kind for project in self.judged.projects)

    def clean(self) -> dict[str, Any]:
        for number, wish in self.wishes:
            for broken in self.dialect.check_step(wish):
                self.add_error(f"{broken.field}_{number}", violation_message(broken))
        if not self.wishes:
            self.add_error("key_1", _("Enter a key."))
        elif not self.errors and not (self.plan and self.plan.targets):
            self.add_error(None, _("No tag of these images would change."))
        return self.cleaned_data

    @cached_property
    def plan(self) -> TagPlan | None:
        """What the wishes would change; None while they break a rule, or there are none."""
        if not self.wishes or any(self.dialect.check_step(wish) for _number, wish in self.wishes):
            return None
        return plan(self.judged.targets, [wish for _number, wish in self.wishes])

    @property
    def targets(self) -> Collection[Target]:
        return self.plan.targets if self.plan else ()

    @property
    def problems(self) -> Iterator[str]:
        """Why there is no plan yet, while somebody is still typing."""
        for _number, wish in self.wishes:
            for broken in self.dialect.check_step(wish):
                yield violation_message(broken)


def _wish(row: Row) -> TagStep:
    do, key, value, to = (str(getattr(row, name).value() or "").strip() for name in _FIELDS)
    if do in ("set", "add"):
        key, value = typed_pair(key, value)
    return TagStep(do, key, value, to)


def _fields() -> dict[str, forms.Field]:
    """Long entries reach the rules, which say what is allowed; the lengths are only a hint for the browser."""
    return {
        "do": forms.ChoiceField(label=gettext_lazy("What to do"), choices=_DO, required=False),
        "key": _text(gettext_lazy("Key"), "tag-keys", MAX_TAG_KEY),
        "value": _text(gettext_lazy("Value"), "tag-values", MAX_TAG_VALUE),
        "to": _text(gettext_lazy("Becomes"), "tag-keys", MAX_TAG_VALUE),
    }


def _text(label: StrOrPromise, options: str, size: int) -> forms.CharField:
    attributes = {**_PLAIN, "list": options, "size": str(size // 2)}
    return forms.CharField(label=label, required=False, max_length=300, widget=forms.TextInput(attrs=attributes))
