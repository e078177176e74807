"""Acts on an image that is there: edit, tag, protect, delete (5.1.2, 5.2.4, 6.1.3, 6.1.5, 6.2)."""

import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from images.cache.rules.dialects import Dialect, of_kind
from images.cache.rules.tag_changes import overtaken_by
from images.ims import Change, Conflict, IMSClient, NotFound, Tag
from images.operations.actions.base import Action, ActionFailed, Outcome, Work
from images.operations.actions.effects import ImagePatched, ImageRead, ImageTagged
from images.operations.rules.edit_changes import as_text

Document = dict[str, Any]

#: The images of an operation of so few items are fetched again one by one, which shows also what others changed. With
#: more the synchronisation that confirms them all costs fewer calls: one for each 500, and the lists of shared images.
FEW = 5


class Edit(Action):
    """{"changes": [{"attribute", "value" (None removes it), "before"}], "force": bool}.

    Compared with what is there now: what is so already is left out, and what somebody else changed meanwhile is a
    conflict unless forced."""

    needs = (("5.1.2", "6.1.3"),)

    def send(self, client: IMSClient, work: Work) -> Outcome:
        now: Document = json.loads(client.images.get_raw(work.image_id).raw)
        try:
            changes = list(_changes(now, work.parameters, of_kind(client.kind)))
        except ActionFailed as failure:
            failure.effects = (ImageRead(work.image_id, now),)
            raise
        if not changes:
            return Outcome(effects=(ImageRead(work.image_id, now),))
        answer = json.loads(client.images.update_raw(work.image_id, changes).raw)
        removed = frozenset(change.attribute for change in changes if change.op == "remove")
        return Outcome(effects=(ImageRead(work.image_id, {**_without(now, removed), **answer}),))

    def calls(self, _work: Work) -> int:
        return 2


def _without(document: Document, names: frozenset[str]) -> Document:
    return {name: value for name, value in document.items() if name not in names}


def _changes(now: Document, parameters: Document, dialect: Dialect) -> Iterator[Change]:
    """The steps that are still to be sent, in the names and types of the service."""
    for wanted in parameters["changes"]:
        name, value = dialect.spelling(wanted["attribute"]), wanted.get("value")
        value = dialect.value_of(name, value) if isinstance(value, str) else value
        held = now.get(name)
        if as_text(held) == as_text(value):
            continue
        if "before" in wanted and as_text(held) != as_text(wanted["before"]) and not parameters.get("force"):
            raise ActionFailed(
                _("%(name)s was changed by somebody else meanwhile: it is “%(now)s”, and was “%(before)s”.")
                % {"name": name, "now": as_text(held), "before": as_text(wanted["before"])},
                "conflict",
            )
        if value is None or value == "":
            if name in now:
                yield Change("remove", name) if dialect.can_remove(name) else Change("replace", name, "")
        else:
            yield Change("replace" if name in now else "add", name, value)


class Tagging(Action):
    """{"add": [{"key", "value"}], "remove": [{"key", "value"}], "before": {key: value, or None for none}}.

    `before` may be left out. Of few images the service is asked whether the tags are still so; a difference is a
    conflict, and nothing is sent."""

    needs = (("5.2.4", "6.2.1"),)

    def calls(self, work: Work) -> int:
        asked = work.among <= FEW and "before" in work.parameters
        return asked + sum(bool(work.parameters.get(which)) for which in ("add", "remove"))

    def send(self, client: IMSClient, work: Work) -> Outcome:
        has_values = client.capabilities.tag_values
        if work.among <= FEW and "before" in work.parameters:
            self._compare(client, work)
        added, removed = (_tags(work.parameters.get(which)) for which in ("add", "remove"))
        if has_values:  # what is added overwrites the tag of its key (5.2.4); one call less
            overwritten = {tag.key for tag in added}
            removed = [tag for tag in removed if tag.key not in overwritten]
        else:
            removed = [tag for tag in removed if tag not in added]
        if removed:
            client.tags.detach(work.image_id, removed)
        if added:
            client.tags.attach(work.image_id, added)
        if work.among <= FEW or work.was_lost:
            return Outcome(changed=(work.image_id,))
        return Outcome(effects=(ImageTagged(work.image_id, tuple(added), tuple(removed), has_values),))

    @staticmethod
    def _compare(client: IMSClient, work: Work) -> None:
        now: Document = json.loads(client.images.get_raw(work.image_id).raw)
        dialect = of_kind(client.kind)
        reason = overtaken_by(dict(dialect.tags_in(now.get("tags"))), dialect.read_difference(work.parameters))
        if reason:
            raise ActionFailed(reason, "conflict", (ImageRead(work.image_id, now),))


def _tags(given: list[dict[str, str]] | None) -> list[Tag]:
    return [Tag(tag["key"], tag.get("value", "")) for tag in given or ()]


class Protection(Action):
    """Protect or unprotect, by the kind of the work."""

    needs = (("6.1.3",),)

    def send(self, client: IMSClient, work: Work) -> Outcome:
        change = Change("replace", "protected", work.kind == "protect")
        answer = client.images.update_raw(work.image_id, [change], native=True)
        return Outcome(effects=(ImagePatched(work.image_id, json.loads(answer.raw)),))


class Delete(Action):
    """{"delete_backup": bool or None}. An image that is gone already is what was wanted."""

    needs = (("6.1.5",),)

    def send(self, client: IMSClient, work: Work) -> Outcome:
        try:
            client.images.delete(work.image_id, delete_backup=work.parameters.get("delete_backup"))
        except NotFound:
            return Outcome(gone=(work.image_id,), result={} if work.was_lost else {"was_gone": True})
        except Conflict as error:
            if not of_kind(client.kind).conflicts_pass:
                said = error.message or _("the service did not say why.")
                sentence = _("The image cannot be deleted: %(reason)s") % {"reason": said}
                raise ActionFailed(sentence, request_id=error.request_id) from error
            raise
        return Outcome(gone=(work.image_id,))
