"""What a browser without scripts sees in a page: its links and its forms, each as it would be sent.

form = form_of(page, "/images/act/edit/")
data = form.filled(name="web-{n}")       # pairs, as a browser sends them
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_NEVER_SENT = frozenset({"submit", "button", "image", "reset", "file"})


@dataclass
class Control:
    """A field of a form. `on`: it would be sent as it stands (a box that is ticked, a text field always)."""

    name: str
    kind: str
    value: str
    on: bool = True
    options: list[str] = field(default_factory=list)


@dataclass
class Form:
    """`buttons` are name and value of those that have a name."""

    action: str
    method: str
    ident: str = ""
    controls: list[Control] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What is sent when nothing is typed."""
        return [(one.name, one.value) for one in self.controls if one.on and one.kind not in _NEVER_SENT]

    def filled(self, **typed: str) -> list[tuple[str, str]]:
        """With this in the fields. Raises KeyError for a field that the form does not have: nobody could type there."""
        names = {one.name for one in self.controls}
        missing = sorted(set(typed) - names)
        if missing:
            raise KeyError(f"{self.action} has no field {missing[0]}, but {sorted(names)}")
        return [(name, value) for name, value in self.pairs if name not in typed] + list(typed.items())


class Page(HTMLParser):
    """Links and forms of one page. `here` is where forms without an action go."""

    def __init__(self, html: str, here: str = "") -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._here = here
        self._open: Form | None = None
        self._strays: list[tuple[str, Control | tuple[str, str]]] = []
        self._select: Control | None = None
        self._area: Control | None = None
        self.feed(html)
        self.close()
        by_id = {form.ident: form for form in self.forms if form.ident}
        for ident, thing in self._strays:
            if ident in by_id:
                _add(by_id[ident], thing)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "a" and said.get("href"):
            self.links.append(said["href"])
        elif tag == "form":
            method = said.get("method", "get").lower()
            self._open = Form(said.get("action") or self._here, method, said.get("id", ""))
            self.forms.append(self._open)
        elif "disabled" in said and tag != "option":
            return
        elif tag == "input":
            self._input(said)
        elif tag == "button":
            if said.get("name") and said.get("type", "submit") == "submit":
                self._put((said["name"], said.get("value", "")), said)
        elif tag == "select":
            self._select = Control(said.get("name", ""), "select", "", on=False)
            self._put(self._select, said)
        elif tag == "option" and self._select is not None:
            self._option(said)
        elif tag == "textarea":
            self._area = Control(said.get("name", ""), "textarea", "")
            self._put(self._area, said)

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area is not None:
            self._area.value = self._area.value.removeprefix("\n")  # as browsers do
            self._area = None

    def _input(self, said: dict[str, str]) -> None:
        kind = said.get("type", "text").lower()
        if kind in ("submit", "image") and said.get("name"):
            self._put((said["name"], said.get("value", "")), said)
        elif said.get("name"):
            ticks = kind in ("checkbox", "radio")
            value = said.get("value", "on" if ticks else "")
            self._put(Control(said["name"], kind, value, on=not ticks or "checked" in said), said)

    def _option(self, said: dict[str, str]) -> None:
        assert self._select is not None
        value = said.get("value", "")
        if not self._select.options or "selected" in said:
            self._select.value, self._select.on = value, True
        self._select.options.append(value)

    def _put(self, thing: "Control | tuple[str, str]", said: dict[str, str]) -> None:
        if said.get("form"):
            self._strays.append((said["form"], thing))
        elif self._open is not None:
            _add(self._open, thing)


def _add(form: Form, thing: "Control | tuple[str, str]") -> None:
    if isinstance(thing, Control):
        form.controls.append(thing)
    else:
        form.buttons.append(thing)


def forms_of(html: str, here: str = "") -> list[Form]:
    return Page(html, here).forms


def form_of(html: str, action: str, here: str = "") -> Form:
    """The form that goes to this path (whatever its query). Raises LookupError."""
    found = next(_matching(forms_of(html, here), action), None)
    if found is None:
        raise LookupError(f"no form goes to {action}")
    return found


def _matching(forms: list[Form], action: str) -> Iterator[Form]:
    return (form for form in forms if form.action.split("?")[0] == action)
