"""docs/security.md answers each requirement of ASVS 5.0.0, levels 1 and 2, once; what it names is there."""

import re
from collections import Counter

import pytest

from tests.sandbox_process import ROOT

#: Numbers of the requirements of both levels, by section: "1.1" has 1 to 2, and so on (in all 253).
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([\d., ]+) \| (\S+) \| (.+) \|$", TEXT, re.MULTILINE)


def test_each_requirement_is_answered_once():
    wanted = {f"{section}.{n}" for section, last in SECTIONS.items() for n in range(1, last + 1)}
    answered = Counter(one for ids, _state, _how in ROWS for one in ids.split(", "))
    assert len(wanted) == 253
    assert answered.keys() ^ wanted == set()
    assert [one for one, times in answered.items() if times > 1] == []
    assert {state for _ids, state, _how in ROWS} <= {"met", "part", "yours", "no", "n/a"}


@pytest.mark.parametrize("document", ["docs/security.md", "SECURITY.md"])
def test_files_that_are_named_are_there(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    folder = (ROOT / document).parent
    assert [link for link in links if not (folder / link).exists()] == []
    named = re.findall(r"`((?:console|images|tests|deploy|docs|services|rules|filters|forms)/[\w/.]*\w)`", text)
    places = [(ROOT / one, ROOT / "images" / one, ROOT / "images" / f"{one}.py") for one in named]
    assert [str(places[0][0]) for places in zip(places, strict=True) if not any(p.exists() for p in places[0])] == []
