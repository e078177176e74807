"""The query language of the list: text ⇄ ImageFilter, and the state of a list ⇄ its URL. Knows no database."""

from images.search.filters.conditions import Attribute, Choice, Condition, Limit, Range, Tag, Tags, Text, Word, Yes
from images.search.filters.parse import Parsed, Problem, parse
from images.search.filters.state import ListState, ParsedState, Preference, preference_of, read_state
from images.search.filters.value import ImageFilter

__all__ = [
    "Attribute",
    "Choice",
    "Condition",
    "ImageFilter",
    "Limit",
    "ListState",
    "Parsed",
    "ParsedState",
    "Preference",
    "Problem",
    "Range",
    "Tag",
    "Tags",
    "Text",
    "Word",
    "Yes",
    "parse",
    "preference_of",
    "read_state",
]
