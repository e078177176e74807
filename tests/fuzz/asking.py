"""Makes random requests from a seed, sends each to the console, and says what should not have happened.

Each request has a generator of its own (seed and number), a world that is always the same, and is undone afterwards:
what is found can be asked for again alone (`make fuzz SEED=1 FIRST=812 N=1`).
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from images.access.enums import Role
from images.making.forms.sources import SOURCES
from images.operations.enums import ActionKind
from tests.fuzz import nonsense
from tests.guards.cast import STAFF, World
from tests.guards.tables import ROWS
from tests.pages import Form, forms_of

#: Who asks: administrator of the console, operator and viewer of a project.
WHO = (STAFF, Role.OPERATOR.value, Role.VIEWER.value)
#: The image service cannot be reached here, and what asks it says so.
_AWAY = frozenset({502, 503, 504})
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW")
_PARAMETERS = (
    "q", "sort", "page", "after", "before", "size", "columns", "density", "seen", "show", "images", "image", "all",
    "query", "from", "project", "name", "typed", "change", "add", "text", "tag_key", "box", "owner", "flag", "mine",
    "kind", "way", "next", "upload", "month", "months", "days", "since", "until", "who", "actor", "event", "focus",
    "leave", "key", "offset", "region", "level", "tab", "find", "recipient", "status", "format", "look", "report",
    "range", "zone",
)  # fmt: skip


#: What previews and scripts send beside the fields.
_ALSO = ((b"confirm", b"1"), (b"change", b"1"), (b"look", b"1"), (b"key", b"0" * 32), (b"all", b"on"), (b"ask", b"1"))


@dataclass
class Request:
    who: str
    method: str
    path: str
    body: bytes = b""
    content_type: str = "application/x-www-form-urlencoded"
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        body = f", {len(self.body)} bytes of {self.content_type[:60]}: {self.body[:300]!r}" if self.body else ""
        return f"{self.method} {self.path[:300]} by {self.who}{body} {self.headers or ''}"


@dataclass
class Answer:
    status: int
    seconds: float
    error: str
    text: str


class Asker:
    """`sessions`: who → session key. The world is that of the permission table."""

    def __init__(self, world: World, sessions: dict[str, str]) -> None:
        self._sessions = sessions
        self._things = (dict(world.own), dict(world.own), dict(world.foreign))
        self._forms: dict[tuple[str, str], list[Form]] = {}
        self._paths = [*(row.path for row in ROWS.values()), *_more_paths()]
        self._routes = sorted(_routes(get_resolver()))

    # --- making one ---------------------------------------------------------------------------------------------------
    def request(self, seed: int, number: int) -> Request:
        """The same for the same seed and number."""
        rng = random.Random(f"{seed}-{number}")
        who = rng.choice(WHO)
        kind = rng.random()
        if kind < 0.35:
            return self._of_an_address(rng, who)
        if kind < 0.85:
            return self._of_a_form(rng, who)
        return self._of_bytes(rng, who)

    def _path(self, rng: random.Random) -> str:
        """One that leads somewhere, or the route of any view with nonsense in its places."""
        if rng.random() < 0.3:
            return _filled(rng, rng.choice(self._routes))
        return rng.choice(self._paths).format(**rng.choice(self._things))

    def _of_an_address(self, rng: random.Random, who: str) -> Request:
        path = self._path(rng)
        method = "GET" if rng.random() < 0.75 else rng.choice(_METHODS)
        if rng.random() < 0.75:
            path += ("&" if "?" in path else "?") + _query_string(rng)
        return Request(who, method, path, headers=nonsense.headers(rng))

    def _of_a_form(self, rng: random.Random, who: str) -> Request:
        """A form of a page as it would be sent, with some of its fields spoilt."""
        for _try in range(20):
            page = rng.choice(self._paths).format(**rng.choice(self._things))
            forms = [form for form in self._forms_of(who, page) if "/theme/" not in form.action or rng.random() < 0.02]
            if forms:
                return self._sent(rng, who, rng.choice(forms))
        return self._of_an_address(rng, who)

    def _forms_of(self, who: str, page: str) -> list[Form]:
        if (who, page) not in self._forms:
            answer = self.ask(Request(who, "GET", page))
            self._forms[who, page] = forms_of(answer.text, page) if answer.status == 200 else []
        return self._forms[who, page]

    def _sent(self, rng: random.Random, who: str, form: Form) -> Request:
        pairs = [(name.encode(), _typed(rng, name, text).encode()) for name, text in form.pairs]
        if form.buttons and rng.random() < 0.7:
            pairs.append(tuple(text.encode() for text in rng.choice(form.buttons)))  # type: ignore[arg-type]
        if rng.random() < 0.15:
            pairs.append(rng.choice(_ALSO))
        names = [control.name.encode() for control in form.controls] or [b"x"]
        for _spoilt in range(rng.choice([0, 1, 1, 2, 3])):
            _spoil(rng, pairs, names)
        body = _encoded(pairs)
        headers = nonsense.headers(rng)
        if form.method == "get":
            return Request(who, "GET", f"{form.action.split('?')[0]}?{body.decode()}", headers=headers)
        if rng.random() < 0.3:
            kind, body = _multipart(rng, pairs, names)
            return Request(who, "POST", form.action, body, kind, headers)
        return Request(who, "POST", form.action, body, headers=headers)

    def _of_bytes(self, rng: random.Random, who: str) -> Request:
        method = rng.choice(["POST", "POST", "POST", "PUT", "PATCH", "DELETE"])
        kind, body = rng.choice(
            [
                ("application/json", b'{"a": 1}'),
                ("application/json", b"\xff{"),
                ("text/plain", b"x" * 1000),
                ("", b"a=b"),
                ("multipart/form-data", b"--x\r\n"),
                ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a'),
                ("multipart/form-data; boundary=x", b"--x\r\n\r\n\r\n--x--"),
                ("application/x-www-form-urlencoded", b"&&&=&=&%&%zz=%f"),
                ("application/x-www-form-urlencoded", b"a=1&" * 1500),
                _multipart(rng, [(b"name", nonsense.value(rng))], [b"file", b"head", b"csv"]),
            ]
        )
        return Request(who, method, self._path(rng), body, kind, nonsense.headers(rng))

    # --- sending it ---------------------------------------------------------------------------------------------------
    def ask(self, request: Request) -> Answer:
        """Everything of the answer is read; whatever was done on the way to it is taken back."""
        client = Client(raise_request_exception=False)
        client.cookies[settings.SESSION_COOKIE_NAME] = self._sessions[request.who]
        cache.clear()  # tries to sign in are counted there
        errors: list[str] = []

        def note(**_kwargs: object) -> None:
            errors.append(_last_error())

        got_request_exception.connect(note)
        began = _own_seconds()
        try:
            with transaction.atomic():
                status, text = _answer_of(client, request, errors)
                transaction.set_rollback(True)
        finally:
            got_request_exception.disconnect(note)
        return Answer(status, _own_seconds() - began, "; ".join(errors), text)


def _own_seconds() -> float:
    """A clock that stands while this thread waits for a core: how busy the machine is says nothing of an answer."""
    waited = Path("/proc/thread-self/schedstat")
    return time.perf_counter() - (int(waited.read_text().split()[1]) / 1e9 if waited.exists() else 0.0)


def problem(answer: Answer) -> str:
    """What is wrong with it; "" for nothing."""
    if answer.error and "SocketConnectBlockedError" not in answer.error:
        return f"{answer.status}: {answer.error}"
    if answer.status >= 500 and answer.status not in _AWAY and not answer.error:
        return f"{answer.status}: {answer.text[:200]}"
    return ""


def _answer_of(client: Client, request: Request, errors: list[str]) -> tuple[int, str]:
    address = urlsplit(request.path)
    told = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in request.headers.items()}
    for name in ("CONTENT_LENGTH", "CONTENT_TYPE"):
        if f"HTTP_{name}" in told:
            told[name] = told.pop(f"HTTP_{name}")
    if "HTTP_COOKIE" in told:
        told["HTTP_COOKIE"] += "; " + client.cookies.output(header="", sep="; ").strip()
    query = {"QUERY_STRING": address.query} if address.query else {}
    response = client.generic(
        request.method,
        address.path,
        request.body,
        request.content_type,
        **{**told, **query},  # type: ignore[arg-type]
    )
    try:
        content = b"".join(response.streaming_content) if response.streaming else response.content
    except Exception:  # noqa: BLE001 - an error in the middle of a stream is what we look for
        errors.append(_last_error())
        content = b""
    # The client has closed the answer by now. Closing it again would end the connection of the transaction around it.
    return response.status_code, content.decode("utf-8", "replace")


def _last_error() -> str:
    import sys
    import traceback

    kind, error, trace = sys.exc_info()
    frames = [frame for frame in traceback.extract_tb(trace) if "/site-packages/" not in frame.filename]
    where = f" at {'/'.join(frames[-1].filename.split('/')[-3:])}:{frames[-1].lineno}" if frames else ""
    return f"{kind.__name__ if kind else '?'}: {str(error)[:200]}{where}"


# --- addresses ------------------------------------------------------------------------------------------------------
def _more_paths() -> Iterator[str]:
    """Pages with forms of their own that the table of roles asks for only once."""
    yield from (f"/images/act/{kind}/?image={{image}}" for kind in ActionKind.values)
    yield from (f"/images/create/?from={slug}" for slug in SOURCES)
    yield from (
        f"/images/{{image}}/field/?name={name}" for name in ("name", "min_ram", "__description", "hw_firmware_type", "")
    )
    yield from ("/images/?q=os:ubuntu", "/images/{image}/tags/?change=a", "/sharing/in/{share}/vote/approve/",
                "/quotas/?q=own",
                "/audit/?page=2", "/reports/?report=shares", "/images/export/json/", "/audit/export/json/",
                "/images/facet/tag/", "/images/facet/os/", "/tags/?key=a")  # fmt: skip


def _routes(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """Each route as Django knows it, with <converter:name> in its places."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$").removesuffix(r"\Z")
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route


def _filled(rng: random.Random, route: str) -> str:
    parts = []
    for part in route.split("/"):
        if "<" not in part and "(" not in part:
            parts.append(part)
        elif rng.random() < 0.4:
            parts.append(
                rng.choice(["1", "2", "9223372036854775808", "18446744073709551616", "99999999999999999999999"])
            )
        else:
            parts.append(nonsense.in_path(rng).replace("/", ""))
    return "/".join(parts)


def _query_string(rng: random.Random) -> str:
    pairs = []
    for _parameter in range(rng.choice([1, 1, 2, 3])):
        name = rng.choice(_PARAMETERS).encode() if rng.random() < 0.9 else nonsense.value(rng)[:50]
        text = nonsense.query(rng).encode() if name == b"q" else nonsense.value(rng)
        pairs.append((name, text[:7000]))
    return _encoded(pairs).decode()


# --- bodies ---------------------------------------------------------------------------------------------------------
def _typed(rng: random.Random, name: str, text: str) -> str:
    """What people would type where nothing stands, so that forms get past their first look."""
    if text or rng.random() < 0.5:
        return text
    if "project_id" in name or name == "recipient":
        return "e" * 32
    if "url" in name:
        return "ims-image:centos70.qcow2"
    if "mail" in name:
        return "somebody@example.org"
    return rng.choice(["x", "1", "40", "env", "Ubuntu 22.04 server 64bit"])


def _spoil(rng: random.Random, pairs: list[tuple[bytes, bytes]], names: list[bytes]) -> None:
    at = rng.randrange(len(pairs)) if pairs else 0
    kind = rng.random()
    if not pairs or kind < 0.1:
        pairs.append((rng.choice(names), nonsense.value(rng)))
    elif kind < 0.75:
        pairs[at] = (pairs[at][0], nonsense.value(rng))
    elif kind < 0.87:
        del pairs[at]
    else:
        pairs.extend([pairs[at]] * rng.choice([1, 2, 50]))


def _encoded(pairs: list[tuple[bytes, bytes]]) -> bytes:
    return "&".join(f"{quote_from_bytes(name)}={quote_from_bytes(text)}" for name, text in pairs).encode()


def _multipart(rng: random.Random, pairs: list[tuple[bytes, bytes]], names: list[bytes]) -> tuple[str, bytes]:
    """With a file now and then; sometimes cut off, or of odd parts."""
    lines = []
    for name, text in pairs:
        lines.append(
            b'--frontier\r\nContent-Disposition: form-data; name="' + name.replace(b'"', b"") + b'"\r\n\r\n' + text
        )
    if rng.random() < 0.6:
        file = rng.choice([b"a.csv", b"../../x", b"\xff\x00.bin", b"x" * 500, b""])
        content = rng.choice([b"image_id,tag:a\nx,1\n", nonsense.value(rng), b"a" * 131_073 + b"\n", b'"' * 999, b""])
        more = rng.choice([b"", b"\r\nContent-Type: a/b; charset=martian", b"\r\nContent-Transfer-Encoding: base64"])
        head = (
            b'--frontier\r\nContent-Disposition: form-data; name="'
            + rng.choice([*names, b"file"])
            + b'"; filename="'
            + file
        )
        lines.append(head + b'"' + more + b"\r\n\r\n" + content)
    body = b"\r\n".join(lines) + b"\r\n--frontier--\r\n"
    if rng.random() < 0.15:
        body = body[: rng.randrange(len(body))]
    return "multipart/form-data; boundary=frontier", body


def names_of_password(request: Request) -> bool:
    """Whether a password is hashed on the way, which is slow on purpose."""
    return b"password" in unquote_to_bytes(request.body) or "/accounts/" in request.path
