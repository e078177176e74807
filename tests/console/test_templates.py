"""What layout costs nothing: console/templates.py takes it away, and nothing else."""

import time

import pytest
from django.template.loader import get_template

from console.templates import lean


@pytest.mark.parametrize(("source", "sent"), [
    ('<a\n  id="x"\n  href="/"\n>x</a>', '<a id="x" href="/">x</a>'),
    ('<option\n  value="a"\n  {% if x %}selected{% endif %}\n>', '<option value="a"{% if x %} selected{% endif %}>'),
    ('<a {% if x %}a="1"{% else %}b="2"{% endif %} c>', '<a{% if x %} a="1"{% else %} b="2"{% endif %} c>'),
    ('<meta content=\'{\n"a": 1}\'>', '<meta content=\'{\n"a": 1}\'>'),
    ('<p title="a  {{ x|default:"b  c" }}">', '<p title="a  {{ x|default:"b  c" }}">'),
    ("<p>\n  words\n  more\n</p>", "<p>words\nmore</p>"),
    ("<b>one</b>\n  <b>two</b>", "<b>one</b>\n<b>two</b>"),
    ("<b> one </b>", "<b> one </b>"),
    ("{% if a < b %}  x  {% endif %}", "{% if a < b %}  x  {% endif %}"),
])  # fmt: skip
def test_the_layout_goes_and_the_words_stay_apart(source, sent):
    assert lean(source) == sent


def test_no_template_takes_long():
    begun = time.thread_time()  # whatever else the machine does
    lean('<a {% if x %} "' * 2000 + "<p {{ x " * 2000)
    assert time.thread_time() - begun < 2


def test_a_page_is_lean_and_a_mail_as_it_was_written():
    assert "\n  " not in get_template("system/500.html").render({"request_id": "x"})
    assert "\n" in get_template("notices/mail.txt").template.source
