"""The picture in docs/approval.md is the table that the services go by."""

import re
from pathlib import Path

from images.incoming.enums import ShareState
from images.incoming.services.states import TRANSITIONS


def test_the_picture_shows_the_transitions():
    text = Path("docs/approval.md").read_text(encoding="utf-8")
    picture = text.split("```mermaid")[1].split("```")[0]
    drawn = {(one, other) for one, other in re.findall(r"(\w+) --> (\w+)", picture)}
    assert drawn == {(str(one), str(to)) for one, others in TRANSITIONS.items() for to in others}
    assert set(TRANSITIONS) == set(ShareState)
