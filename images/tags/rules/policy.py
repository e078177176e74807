"""What a project asks of the tags of its images: keys that are required or barred, their one spelling, their values.

Pure, for forms, previews, services and screens. Each breach is about one key, so that what a change makes better or
worse is seen from the keys that it touches, without the other tags of the image.

Patterns are regular expressions of RE2: they take linear time in the length of a value whoever wrote them
(docs/adr/0009-tag-policy.md).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final

import re2
from django.utils.translation import gettext as _

from images.cache.facets import looked_at
from images.cache.rules.tag_changes import TagDifference, Tags
from images.cache.rules.tags import SYSTEM_PREFIX, check_tag
from images.core import ims_limits
from images.core.violations import Violation

REQUIRED: Final = "required"
ALLOWED: Final = "allowed"
BARRED: Final = "barred"
NEEDS: Final = (REQUIRED, ALLOWED, BARRED)

#: Of one policy; what stands in a form and is compared with each image has an end.
MOST_RULES: Final = 40
MOST_VALUES: Final = 100
LONGEST_PATTERN: Final = 200
LONGEST_NOTE: Final = 200
#: Memory of a compiled pattern, in bytes: what would need more ("(a{500}){500}") is refused.
_PATTERN_MEMORY: Final = 256 * 1024

#: Kinds of breaches, as the query language and links name them.
MISSING: Final = "missing"
VALUE: Final = "value"
SPELLING: Final = "spelling"


@dataclass(frozen=True, slots=True)
class TagRule:
    """About one key. A barred key may hold `*` for any text; `*` alone bars every key that has no rule of its own.

    need: "required", "allowed" or "barred". values, pattern: a value is one of these or matches that; neither: any.
    spelling: no other spelling of the key (`Env`, `ENV` for `env`). note: a word to people at the field.
    """

    key: str
    need: str = REQUIRED
    values: tuple[str, ...] = ()
    pattern: str = ""
    spelling: bool = True
    note: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "TagRule":
        """Read back from JSON."""
        return cls(**{**given, "values": tuple(given.get("values") or ())})

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"values": list(self.values)}

    def allows(self, value: str) -> bool:
        """Whether the key may have this value."""
        if not self.values and not self.pattern:
            return True
        return value in self.values or bool(self.pattern and matches(self.pattern, value))


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A rule as it holds for a project. binding: what breaks it is refused. inherited: from the policy of all."""

    rule: TagRule
    binding: bool = False
    inherited: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Breach:
    """One rule that an image breaks: a `kind`, the key as the image has it, and what it should be called ("spelling")
    or have had ("value": what it has)."""

    kind: str
    key: str
    detail: str = ""
    binding: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        """As the query language asks for it, `policy:missing:env`."""
        return f"{self.kind}:{self.key}"


@dataclass(frozen=True)
class Policy:
    """All that holds for the images of a project. Nothing (false): whatever they have is right."""

    held: tuple[PolicyRule, ...] = ()

    @classmethod
    def merged(cls, own: Sequence[PolicyRule], inherited: Sequence[PolicyRule]) -> "Policy":
        """A project's own rules, and of those for all projects the ones about keys that it says nothing of."""
        keys = {one.rule.key for one in own}
        return cls((*own, *(one for one in inherited if one.rule.key not in keys)))

    def __bool__(self) -> bool:
        return bool(self.held)

    @property
    def binding(self) -> bool:
        """Whether anything of it is binding."""
        return any(one.binding for one in self.held)

    @cached_property
    def by_key(self) -> Mapping[str, PolicyRule]:
        """Rules about one exact key."""
        return {one.rule.key: one for one in self.held if "*" not in one.rule.key}

    @cached_property
    def required(self) -> tuple[PolicyRule, ...]:
        return tuple(one for one in self.held if one.rule.need == REQUIRED)

    @cached_property
    def spelled(self) -> Mapping[str, PolicyRule]:
        """Form of a key (form_of) → the rule that says how it is spelled."""
        wanted = (one for one in self.held if one.rule.spelling and one.rule.need != BARRED)
        return {form_of(one.rule.key): one for one in wanted}

    @cached_property
    def barred(self) -> tuple[tuple[re.Pattern[str], PolicyRule], ...]:
        """Rules that bar many keys at once."""
        many = (one for one in self.held if one.rule.need == BARRED and "*" in one.rule.key)
        return tuple((_glob(one.rule.key), one) for one in many)

    def of_key(self, key: str) -> Breach | None:
        """What is wrong with a key, whatever its value: barred, or another spelling of one with a rule."""
        if key.startswith(SYSTEM_PREFIX):
            return None
        exact = self.by_key.get(key)
        if exact is not None:
            return Breach(BARRED, key, binding=exact.binding) if exact.rule.need == BARRED else None
        meant = self.spelled.get(form_of(key))
        if meant is not None:
            return Breach(SPELLING, key, meant.rule.key, meant.binding)
        held = next((held for glob, held in self.barred if glob.fullmatch(key)), None)
        return Breach(BARRED, key, binding=held.binding) if held else None

    def of_tag(self, key: str, value: str) -> Breach | None:
        """What is wrong with a tag."""
        found = self.of_key(key)
        if found is None and (exact := self.by_key.get(key)) and not exact.rule.allows(value):
            return Breach(VALUE, key, value, exact.binding)
        return found

    def breaches(self, tags: Tags) -> list[Breach]:
        """All that is wrong with an image that has these tags."""
        looks = sorted(looked_at(key, value) for key, value in tags.items())
        found = [breach for key, value in looks if (breach := self.of_tag(key, value))]
        keys = {key for key, _value in looks}
        return [*(self._missing(one) for one in self.required if one.rule.key not in keys), *found]

    def _missing(self, one: PolicyRule) -> Breach:
        return Breach(MISSING, one.rule.key, binding=one.binding)

    def made_worse(self, change: TagDifference) -> list[Breach]:
        """What a change breaks that was not broken before. Nothing, when fewer rules are broken after it than before
        (binding ones and others apart): an image may always be made better, step by step."""
        before = self._touched((one.key, one.before) for one in change.changes) - self._missing_but(change.kept)
        after = self._touched((one.key, one.after) for one in change.changes) - self._missing_but(change.kept)
        found: list[Breach] = []
        for binding in (True, False):
            was, is_ = ({one for one in all_ if one.binding == binding} for all_ in (before, after))
            found += [] if len(is_) < len(was) else sorted(is_ - was)
        return found

    def _touched(self, values: Iterable[tuple[str, str | None]]) -> set[Breach]:
        """Breaches about these keys; None: the image does not have it."""
        looks = [(*looked_at(key, value or ""), value is not None) for key, value in values]
        found = {self.of_tag(key, value) for key, value, there in looks if there}
        gone = {key for key, _value, _there in looks} - {key for key, _value, there in looks if there}
        return {breach for breach in found if breach} | {
            self._missing(one) for one in self.required if one.rule.key in gone
        }

    def _missing_but(self, kept: Iterable[str]) -> set[Breach]:
        """That these keys were missing would be wrong: another tag looks so, before and after."""
        return {self._missing(one) for one in self.required if one.rule.key in kept}

    def sentence(self, breach: Breach) -> str:
        """What is wrong, and what is asked for instead."""
        held = self.by_key.get(breach.detail if breach.kind == SPELLING else breach.key)
        if breach.kind == MISSING:
            said = _("The tag “%(key)s” is required.") % {"key": breach.key}
        elif breach.kind == SPELLING:
            said = _("“%(key)s” is spelled “%(right)s”.") % {"key": breach.key, "right": breach.detail}
        elif breach.kind == BARRED:
            said = _("The key “%(key)s” is not to be used.") % {"key": breach.key}
        else:
            said = _("“%(key)s” does not have one of the values that are allowed.") % {"key": breach.key}
        asked = asks(held.rule) if held and breach.kind in (MISSING, VALUE) else ""
        note = held.rule.note if held else ""
        return " ".join(filter(None, (said, asked, note)))


def asks(rule: TagRule) -> str:
    """Which values a rule allows, in a sentence; "" for any."""
    listed = ", ".join(value or _("(no value)") for value in rule.values)
    if listed and rule.pattern:
        return _("Values: %(values)s, or what matches %(pattern)s.") % {"values": listed, "pattern": rule.pattern}
    if listed:
        return _("Values: %(values)s.") % {"values": listed}
    return _("Values match %(pattern)s.") % {"pattern": rule.pattern} if rule.pattern else ""


def form_of(key: str) -> str:
    """A key without case and marks, which is how its spellings are alike; of marks alone it stays what it is."""
    return "".join(letter for letter in key.casefold() if letter.isalnum()) or key


def matches(pattern: str, value: str) -> bool:
    """Whether the whole value is what the pattern says. Raises ValueError for a pattern that is none."""
    return compiled(pattern).fullmatch(value) is not None


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """Raises ValueError, with RE2's reason. Back-references and look-around, which need more than linear time, are
    among what it refuses."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        raise ValueError(reason.decode() if isinstance(reason, bytes) else str(reason)) from error


@lru_cache(maxsize=512)
def _glob(key: str) -> re.Pattern[str]:
    """`*` is any text; nothing else has a meaning, as keys hold no other `*`."""
    return re.compile(".*".join(re.escape(part) for part in re.sub(r"\*+", "*", key).split("*")), re.DOTALL)


def check_rule(rule: TagRule) -> list[Violation]:
    """Whether it is a rule, by the names of its fields."""
    return [*_check_key(rule), *_check_values(rule), *_check_pattern(rule)]


def _check_key(rule: TagRule) -> Iterator[Violation]:
    starred = rule.need == BARRED and "*" in rule.key
    for broken in check_tag(rule.key.replace("*", "x") if starred else rule.key, "", field="rule"):
        yield Violation("key", broken.message, "", broken.rule)
    if rule.key.count("*") > _MOST_STARS:
        yield Violation("key", _("At most %(n)d stars.") % {"n": _MOST_STARS})
    if rule.key.startswith(SYSTEM_PREFIX):
        yield Violation("key", _("Keys that start with %(prefix)s belong to the provider.") % {"prefix": SYSTEM_PREFIX})
    if rule.need not in NEEDS:
        yield Violation("need", _("Choose what is asked."))
    if len(rule.note) > LONGEST_NOTE:
        yield Violation("note", _("At most %(most)d characters.") % {"most": LONGEST_NOTE})


#: A glob with many stars is slow on a long key.
_MOST_STARS: Final = 3


def _check_values(rule: TagRule) -> Iterator[Violation]:
    if rule.need == BARRED and (rule.values or rule.pattern):
        yield Violation("values", _("A key that is barred has no values."))
    if len(rule.values) > MOST_VALUES:
        yield Violation("values", _("At most %(most)d values; a pattern says more.") % {"most": MOST_VALUES})
    for value in rule.values:
        for broken in check_tag("x", value, field="rule"):
            yield Violation("values", f"“{value}”: {broken.message}", "", broken.rule)


def _check_pattern(rule: TagRule) -> Iterator[Violation]:
    if len(rule.pattern) > LONGEST_PATTERN:
        yield Violation("pattern", _("At most %(most)d characters.") % {"most": LONGEST_PATTERN})
        return
    if rule.pattern:
        try:
            compiled(rule.pattern)
        except ValueError as refused:
            yield Violation("pattern", _("This pattern cannot be used: %(reason)s.") % {"reason": refused})


def check_rules(rules: Sequence[TagRule]) -> list[Violation]:
    """Whether they can stand together: fields are `0.key` and so on. Required keys fit into an image (5.2.4)."""
    found = [Violation(f"{place}.{one.field}", one.message, one.code, one.rule)
             for place, rule in enumerate(rules) for one in check_rule(rule)]  # fmt: skip
    forms: dict[str, int] = {}
    for place, rule in enumerate(rules):
        same = forms.setdefault(rule.key, place)
        if same != place:
            found.append(Violation(f"{place}.key", _("There is a rule for this key already.")))
    found += _check_together(rules)
    return found


def _check_together(rules: Sequence[TagRule]) -> Iterator[Violation]:
    if len(rules) > MOST_RULES:
        yield Violation("", _("At most %(most)d rules.") % {"most": MOST_RULES})
    if sum(rule.need == REQUIRED for rule in rules) > ims_limits.MAX_TAGS:
        yield Violation(
            "", _("An image has at most %(most)d tags; no more can be required.") % {"most": ims_limits.MAX_TAGS}
        )
    yield from _check_spellings(rules)


def _check_spellings(rules: Sequence[TagRule]) -> Iterator[Violation]:
    """Two keys that differ in case or marks only cannot both be the one spelling."""
    seen: dict[str, str] = {}
    for place, rule in enumerate(rules):
        if not rule.spelling or rule.need == BARRED or not rule.key:
            continue
        other = seen.setdefault(form_of(rule.key), rule.key)
        if other != rule.key:
            said = _("“%(other)s” is the same key in another spelling. Allow other spellings, or drop one of the two.")
            yield Violation(f"{place}.key", said % {"other": other})


def remedy(breach: Breach, policy: Policy) -> dict[str, str]:
    """The step that mends a breach, as the form of tags takes it (`do_1` and so on): what only people know (which
    value) is left empty."""
    if breach.kind == SPELLING:
        return {"do_1": "rename", "key_1": breach.key, "to_1": breach.detail}
    if breach.kind == BARRED:
        return {"do_1": "remove", "key_1": breach.key}
    only = policy.by_key[breach.key].rule.values if breach.key in policy.by_key else ()
    value = only[0] if len(only) == 1 else ""
    if breach.kind == VALUE:
        return {"do_1": "change", "key_1": breach.key, "to_1": value}
    return {"do_1": "add", "key_1": breach.key, "value_1": value}


def unique(breaches: Iterable[Breach]) -> list[Breach]:
    """Each once, binding ones first."""
    return sorted(dict.fromkeys(breaches), key=lambda one: (not one.binding, one))
