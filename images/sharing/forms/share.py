"""Whom chosen images are shared with: ticked in the address book or pasted, each checked before anything is sent."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.core.ims_limits import MAX_MEMBERS
from images.core.violations import violation_message
from images.operations.forms.actions import ConfirmForm
from images.operations.services import Target
from images.operations.services.selection import JudgedSelection
from images.partners.queries import Party, named
from images.partners.rules import check_project_id
from images.sharing.services.sharing import SharePlan, plan

_APART: Final = re.compile(r"[\s,;]+")


class ShareForm(ConfirmForm):
    """5.3.2: each of the images with each of the recipients.

    `recipient` (repeated) are IDs that were ticked, `pasted` any number of IDs; `find` looks for partners.
    """

    body: Final = "sharing/_act_form.html"
    find = forms.CharField(
        label=gettext_lazy("Find in the address book"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )
    pasted = forms.CharField(
        label=gettext_lazy("Or paste project IDs"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "mono", "spellcheck": "false"}),
        help_text=gettext_lazy("Separated by spaces, commas or lines."),
    )
    note = forms.CharField(
        label=gettext_lazy("What for"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Kept with the operation; whoever has to agree reads it."),
    )

    def __init__(self, data: QueryDict | None, judged: JudgedSelection, typed: QueryDict | None = None) -> None:
        super().__init__(data, judged, typed)
        source = data if data is not None else typed
        self.ticked = list(dict.fromkeys(one[:64] for one in source.getlist("recipient"))) if source else []

    @cached_property
    def pasted_ids(self) -> list[str]:
        return [one for one in _APART.split(str(self["pasted"].value() or "")) if one]

    @cached_property
    def recipients(self) -> list[Party]:
        """Each once, with what we know of it; IDs that are none are left out."""
        ids = [one for one in (*self.ticked, *self.pasted_ids) if not check_project_id(one)]
        return named(ids)

    @property
    def unknown(self) -> list[Party]:
        return [party for party in self.recipients if not party.is_known]

    @cached_property
    def plan(self) -> SharePlan | None:
        """What would be shared; None while nobody is named."""
        allowed = [party for party in self.recipients if not party.is_barred]
        return plan(self.judged.targets, allowed) if allowed else None

    def clean(self) -> dict[str, Any]:
        for one in self.pasted_ids:
            broken = check_project_id(one)
            if broken:
                self.add_error("pasted", _("“%(id)s”: %(why)s") % {"id": one[:80], "why": violation_message(broken)})
                break
        for party in self.recipients:
            if party.is_barred:
                self.add_error("find", _("%(partner)s is barred: nothing is shared with it.") % {"partner": party})
        if not self.recipients and not self.errors:
            self.add_error("find", _("Tick a recipient, or paste its project ID."))
        if len(self.recipients) > MAX_MEMBERS:
            self.add_error("pasted", _("An image is shared with at most %(most)d projects.") % {"most": MAX_MEMBERS})
        if not self.errors and not (self.plan and self.plan.targets):
            self.add_error(None, _("Nothing would be shared; the reasons are below."))
        return self.cleaned_data

    @property
    def targets(self) -> Sequence[Target]:
        return self.plan.targets if self.plan else []

    @property
    def parameters(self) -> dict[str, Any]:
        receivers = self.plan.receivers if self.plan else []
        said: dict[str, Any] = {"project_ids": [party.project_id for party in receivers]}
        return said | ({"note": self.cleaned_data["note"]} if self.cleaned_data["note"] else {})
