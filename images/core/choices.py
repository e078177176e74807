"""What there is to choose from: the words of an enumeration, and what a field offers that only its form knows."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet, TextChoices
from django.utils.functional import Promise


def labels_of(kind: type[TextChoices]) -> dict[str, str]:
    """Value → word, in the language of this moment."""
    return {str(one.value): str(one.label) for one in kind}


def offer(form: forms.BaseForm, name: str, choices: Iterable[tuple[object, str | Promise]]) -> None:
    """(value, words) of each."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} is not a field to choose from")
    field.choices = list(choices)


def offer_rows(form: forms.BaseForm, name: str, rows: QuerySet[Any]) -> None:
    field = form.fields[name]
    if not isinstance(field, forms.ModelChoiceField):
        raise TypeError(f"{name} is not a field to choose rows from")
    field.queryset = rows
