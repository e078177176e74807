"""An act that gives each image a name of its own, by a pattern."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from images.core.violations import Violation, violation_message
from images.operations.forms.actions import ConfirmForm
from images.operations.forms.patterns import check_pattern, fill_pattern
from images.operations.services import Target
from images.operations.services.selection import SHOWN

PLACEHOLDERS: Final = {
    "name": gettext_lazy("name of the image"),
    "id": gettext_lazy("first eight characters of its ID"),
    "project": gettext_lazy("its project"),
    "date": gettext_lazy("today"),
    "n": gettext_lazy("a number"),
}


class NamingForm(ConfirmForm):
    """An act whose effect on each image has a name of its own. `pattern` is the field that says which."""

    pattern: str
    placeholders: Mapping[str, Any] = PLACEHOLDERS

    def name_for(self, pattern: str, number: int, target: Target) -> str:
        """What the pattern makes of the target at this place (from 1)."""
        return fill_pattern(pattern, self._values(number, target))

    def check_name(self, name: str) -> list[Violation]:
        raise NotImplementedError

    @property
    def examples(self) -> list[tuple[str, str]]:
        """Of the first SHOWN targets: the image, and the name that the pattern makes, as it stands in the form."""
        pattern = str(self[self.pattern].value() or "")
        first = enumerate(self.judged.targets[:SHOWN] if pattern else (), start=1)
        return [(target.name, self.name_for(pattern, number, target)) for number, target in first]

    @property
    def legend(self) -> list[tuple[str, Any]]:
        """Placeholders with their meaning."""
        return [(f"{{{word}}}", meaning) for word, meaning in self.placeholders.items()]

    def clean(self) -> dict[str, Any]:
        pattern = self.cleaned_data.get(self.pattern)
        if not pattern:
            return self.cleaned_data
        try:
            check_pattern(pattern, self.placeholders)
        except forms.ValidationError as error:
            self.add_error(self.pattern, error)
            return self.cleaned_data
        self._check_names(pattern)
        return self.cleaned_data

    def note_name(self, name: str) -> None:
        """Called with each name there will be."""

    def _named(self, **same: Any) -> Sequence[Target]:
        """The targets, each with these parameters and those that its name makes."""
        pattern = self.cleaned_data[self.pattern]

        def make(number: int, target: Target) -> Target:
            return replace(target, parameters={**self.parameters_of(self.name_for(pattern, number, target)), **same})

        return self.judged.targets.made(make)

    def parameters_of(self, name: str) -> dict[str, Any]:
        return {"name": name}

    def _check_names(self, pattern: str) -> None:
        """One sentence a rule, with the first image that breaks it and how many do."""
        first: dict[Violation, str] = {}
        often: Counter[Violation] = Counter()
        for number, target in enumerate(self.judged.targets, start=1):
            name = self.name_for(pattern, number, target)
            self.note_name(name)
            for broken in self.check_name(name)[:1]:
                first.setdefault(broken, name)
                often[broken] += 1
        for broken, count in often.most_common():
            said = ngettext("“%(name)s”: %(reason)s", "%(n)d names, “%(name)s” first: %(reason)s", count)
            self.add_error(
                self.pattern, said % {"n": count, "name": first[broken], "reason": violation_message(broken)}
            )

    @cached_property
    def _today(self) -> str:
        return timezone.localdate().isoformat()

    def _values(self, number: int, target: Target) -> dict[str, str]:
        image_id = target.image.image_id if target.image else ""
        return {
            "name": target.name,
            "id": image_id[:8],
            "project": str(target.project.name),
            "date": self._today,
            "n": str(number),
        }
