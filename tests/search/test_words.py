"""Long words are found by some of their trigrams; the answer must be that of reading every row."""

import pytest

from images.cache.models.image import Image
from images.search.queries import words
from tests.search import listing

pytestmark = pytest.mark.also_on_postgres

NAMES = ["ubuntu-core-0001234", "ubuntu-core-1234", "core-ubuntu-0001234", "0001234-ubuntu-core", "100%_ubuntu-core",
         "Ubuntu-Core-0001234-b", 'say "ubuntu-core" now']  # fmt: skip


@pytest.mark.parametrize("few", [0, 300])
@pytest.mark.parametrize(
    "word",
    [
        "ubuntu-core-0001234",
        "ubuntu-core",
        "core-0001234",
        '"ubuntu-core"',
        "UBUNTU-CORE",
        "%_ubuntu-core",
        "abcabcabc",
    ],
)
def test_a_long_word_is_found_exactly_where_it_stands(db, monkeypatch, few, word):
    for number, name in enumerate(NAMES):
        listing.image(number, name=name, project=listing.project())
    listing.publish()
    monkeypatch.setattr(words, "_FEW", few)
    found = set(Image.objects.filter(pk__in=list(words.ids_matching(word))).values_list("name", flat=True))
    assert found == {name for name in NAMES if word.lower() in name.lower()}
