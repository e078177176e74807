"""One change of one image's tags: add, change or remove a tag, held against the tags that the person saw."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.cache.rules.dialects import Dialect
from images.cache.rules.tag_changes import TagDifference, TagStep
from images.cache.rules.tags import typed_pair
from images.core.violations import Violation, violation_message
from images.tags.rules.policy import VALUE, Policy

_PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
#: Of key and value (9.2); of a tag that is a word.
_HELP = (gettext_lazy("Up to 36 characters, each key once."), gettext_lazy("Up to 43 characters, or none."))
_HELP_WORD = gettext_lazy("One word or several, up to 255 characters, such as lts or role=web.")
#: Kind of a breach of the tag policy → the part of the tag that it is about.
_PART_OF = {VALUE: "value"}
_FIELD_OF = {"key": "tag_key", "value": "tag_value"}


class TagOneForm(forms.Form):
    """`do`: "add" (`tag_key`, `tag_value`), "change" (`old` becomes these), "remove" (`old`).

    `old` and `seen` are key and value as the person saw them; `found` is what changes, once valid. `conflict`: somebody
    else changed that tag meanwhile. `key` makes a form that is sent twice one operation. Where tags are words, the word
    is `tag_key`, and there is no value.
    """

    key = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)
    do = forms.ChoiceField(choices=[(name, name) for name in ("add", "change", "remove")])
    old = forms.CharField(required=False, strip=False, max_length=300)
    seen = forms.CharField(required=False, strip=False, max_length=300)
    tag_key = forms.CharField(
        label=gettext_lazy("Key"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={**_PLAIN, "list": "tag-keys", "size": "14"}),
    )
    tag_value = forms.CharField(
        label=gettext_lazy("Value"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={**_PLAIN, "list": "tag-values", "size": "14"}),
    )

    found: TagDifference = TagDifference()
    conflict = False

    def __init__(self, data: QueryDict | None, tags: Mapping[str, str], *, dialect: Dialect, changing: str = "",
                 policy: Policy | None = None) -> None:  # fmt: skip
        """`tags`: those that the image has, or will have when what is under way is done. `changing`: the key of the
        tag that the form is to change; "" for a new one. `policy`: what the project asks."""
        first = {"key": uuid.uuid4().hex, "do": "change" if changing else "add", "old": changing}
        if changing:
            first |= {"seen": tags.get(changing, ""), "tag_key": changing, "tag_value": tags.get(changing, "")}
        super().__init__(data, initial=first)
        self._tags = tags
        self._dialect = dialect
        if dialect.tags_are_words:
            self.fields["tag_key"].label, self.fields["tag_key"].help_text = _("Tag"), _HELP_WORD
            self.fields["tag_key"].widget.attrs["size"] = "28"
            del self.fields["tag_value"]
        else:
            self.fields["tag_key"].help_text, self.fields["tag_value"].help_text = _HELP
        self._policy = policy or Policy()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if self.errors:
            return said
        if self._dialect.tags_are_words:
            said["tag_value"] = ""
        else:
            said["tag_key"], said["tag_value"] = typed_pair(said["tag_key"], said["tag_value"])
        if said["do"] != "add" and self._tags.get(said["old"]) != said["seen"]:
            self.conflict = True
            self.add_error(None, self._changed_meanwhile(said["old"]))
            return said
        wishes = self._wishes(said)
        for broken in [broken for wish in wishes for broken in self._dialect.check_step(wish)]:
            self._tell(broken)
        if not self.errors:
            self._hold_against(said)
        return said

    def _wishes(self, said: Mapping[str, str]) -> list[TagStep]:
        gone = TagStep("remove", said["old"])
        if said["do"] == "remove":
            return [gone]
        wanted = TagStep("set", said["tag_key"], said["tag_value"])
        return [gone, wanted] if said["do"] == "change" and said["old"] != said["tag_key"] else [wanted]

    def _hold_against(self, said: Mapping[str, str]) -> None:
        held = self._tags.get(said["tag_key"])
        if said["do"] != "remove" and said["tag_key"] != said["old"] and held is not None:
            self.add_error("tag_key", self._is_there(held))
            return
        old = None if said["do"] == "add" else (said["old"], said["seen"])
        new = None if said["do"] == "remove" else (said["tag_key"], said["tag_value"])
        found = self._dialect.exchanged(self._tags, [(old, new)])
        if isinstance(found, Violation):
            self._tell(found)
        elif not found:
            self.add_error(None, _("This is what the tag is already."))
        elif refused := next((one for one in self._policy.made_worse(found) if one.binding), None):
            self._tell(Violation(_PART_OF.get(refused.kind, "key"), self._policy.sentence(refused)))
        else:
            self.found = found

    def _is_there(self, held: str) -> str:
        if self._dialect.tags_are_words:
            return _("The image has this tag already.")
        message = _("The image has this key already, with the value “%(value)s”. Change that tag instead.")
        return (message if held else _("The image has this key already.")) % {"value": held}

    def _tell(self, broken: Violation) -> None:
        """A word about what leaves (`old`, which has no field of its own) stands above the form."""
        field = "tag_key" if self._dialect.tags_are_words else _FIELD_OF.get(broken.field)
        self.add_error(field if self.cleaned_data.get("do") != "remove" else None, violation_message(broken))

    def _changed_meanwhile(self, key: str) -> str:
        now = self._tags.get(key)
        if now is None:
            return _("Somebody removed “%(key)s” meanwhile. Nothing was done.") % {"key": key}
        said = _("Somebody changed “%(key)s” meanwhile: it is “%(now)s” now. Nothing was done; look and decide.")
        return said % {"key": key, "now": now}
