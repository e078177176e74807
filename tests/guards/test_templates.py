"""What no template, stylesheet or script of ours may contain, and that every template compiles."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines

FOLDER = settings.BASE_DIR / "templates"
TEMPLATES = sorted([*FOLDER.rglob("*.html"), *FOLDER.rglob("*.jinja")])
ASSETS = sorted(path for path in (settings.BASE_DIR / "static").rglob("*") if path.suffix in {".css", ".js", ".svg"})

#: What is looked for → why it may not be there.
FORBIDDEN = {
    r"<style\b": "the Content-Security-Policy refuses inline styles: use static/css",
    r"\sstyle\s*=": "the Content-Security-Policy refuses inline styles: use a class",
    r"<script(?![^>]*\bsrc=)": "the Content-Security-Policy refuses inline scripts: use static/js",
    r"<script(?![^>]*\bdefer\b)": "scripts are deferred, so that none holds up the page",
    r"\son[a-z]+\s*=": "event handlers live in static/js",
    r"\shx-on\b|\shx-vals\s*=\s*[\"']js:|hx-trigger=\"[^\"]*\[": "htmx may not evaluate text as a script",
    r"javascript:": "links lead somewhere",
    r"href=\"#\"": "links lead somewhere",
    r"\|\s*safe\b|\|\s*safeseq\b|\{%\s*autoescape\s+off": "everything is escaped",
    r"https?://(?!www\.w3\.org)[a-z0-9]": "nothing comes from another host",
}
WITHOUT_COMMENTS = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?%\}.*?\{%\s*endcomment\s*%\}", re.DOTALL)


def name(path: Path) -> str:
    return str(path.relative_to(settings.BASE_DIR))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_template_has_nothing_inline_and_nothing_unsafe(path):
    text = WITHOUT_COMMENTS.sub("", path.read_text())
    found = {pattern: why for pattern, why in FORBIDDEN.items() if re.search(pattern, text, re.IGNORECASE)}
    assert not found


@pytest.mark.parametrize(("text", "pattern"), [
    ('<p style="x">', r"\sstyle\s*="),
    ("<script>x</script>", r"<script(?![^>]*\bsrc=)"),
    ('<a onclick="x">', r"\son[a-z]+\s*="),
    ("{{ name|safe }}", r"\|\s*safe\b|\|\s*safeseq\b|\{%\s*autoescape\s+off"),
])  # fmt: skip
def test_the_guard_would_notice(text, pattern):
    assert pattern in FORBIDDEN
    assert re.search(pattern, text)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_template_compiles(path):
    engine = engines["jinja" if path.suffix == ".jinja" else "django"]
    engine.get_template(str(path.relative_to(FOLDER)))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_forms_that_post_carry_the_token(path):
    text = WITHOUT_COMMENTS.sub("", path.read_text())
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.IGNORECASE | re.DOTALL):
        assert "{% csrf_token %}" in form, form[:120]


@pytest.mark.parametrize("path", ASSETS, ids=name)
def test_asset_asks_no_other_host(path):
    for address in re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", path.read_text()):
        assert address == "http://www.w3.org", address


@pytest.mark.parametrize("path", [path for path in ASSETS if path.suffix == ".js"], ids=name)
def test_script_evaluates_nothing(path):
    assert not re.search(r"\beval\(|new Function\(|document\.write\(", path.read_text())
