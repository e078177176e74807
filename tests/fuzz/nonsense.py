"""Values that nobody should send, as bytes of a query string or a body, beside some that people do send."""

import random
from urllib.parse import quote_from_bytes

_NUMBERS = (
    "0", "-1", "1", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
    "1e400", "NaN", "Infinity", "0x10", "٣", "²", "１", "1_000", "1" * 5000, "1.5", "+1", " 1", "00",
)  # fmt: skip
_WORDS = (
    "", " ", "x", "on", "true", "name", "null", "None", "a,b,,c", "{}", "[]", '{"a":', "[[[[[[", "../../etc/passwd",
    "%", "%00", "%s%n", "{name}", "{0.__class__}", "{name", "{id}-{n}", "'", '"', "';--", "<script>alert(1)</script>",
    "{{ 7*7 }}", "\\", "\r\nSet-Cookie: a=b", "\u202e", "\u0000", "a\u0000b", "\u200b", "e\u0301" * 50, "İ", "ß", "ﬁ",
    "🏳️‍🌈", "環境", "\ufeff", "\ufffe", "\x1b[31m", "=cmd|' /C calc'!A0", "http://127.0.0.1:9/", "https://[::1", "http://",
    "//evil.example", "javascript:alert(1)", "x" * 300, "y" * 70_000, "a=b", "a.b.c", "=", "-", "*", "?", "^(a+)+$",
    "2026-02-30", "2026-13-01T99:99", "0000-00-00", "9999-12-31T23:59:59Z", "-1 days", "1969-12-31", "00:00", "24:61",
    "Europe/Berlin", "../..", "Mars/Olympus", "abc", "1,2,3", "1,,2", "p1", "p99999999999", "r0", "p", "a" * 36,
    "00000000-0000-0000-0000-000000000000", "f" * 32, "F" * 32, "approve", "reject", "staff@example.org", "a@b",
)  # fmt: skip
#: What is no UTF-8: a lone surrogate, an overlong slash, half a character, bytes of another encoding.
_BYTES = (b"\xed\xa0\x80", b"\xc0\xaf", b"\xe2\x82", b"caf\xe9", b"\xff\xfe\x00", b"\x80", b"a\xf5b")
_QUERIES = (
    "tag:nobody", "os:ubuntu", "-status:active", "size:>1GB", "size:1..2GB", "created:<30d", "created:>2026-02-30",
    "updated_at:gte:2026", "name:*", "name:***", "name:/(a+)+$/", '"unclosed', "((((((", "a OR", "OR OR", "NOT",
    "tag:=",
    "tag:a=b=c", "id:zz", "project:nobody", "project:own", "spare:yes", "policy:broken", "ram:99999999999999999999",
    "size:9223372036854775808", "size:1e999", "disk:-5", "is:", ":x", "a:b:c:d", "member:pending", "source:x", "::",
    "__x:1",
    "created:today", "created:9999999d", "created:1000000000000y", "tag:" + "k" * 200, "has:tag", "min_disk:1..",
    "..:..",
)  # fmt: skip
_HEADERS: dict[str, tuple[str, ...]] = {
    "Range": ("bytes=0-0", "bytes=-1", "bytes=9999999999999999999-", "bytes=a-b", "lines=1-2", "bytes=0-1,2-3,4-"),
    "Accept": ("application/json", "*/*;q=0", "text/html;q=nan", "", "x", "a/b," * 500, "\xff"),
    "Accept-Language": ("de", "xx-YY", "*", "en;q=a", ",,,,", "a" * 600, "\xe9"),
    "Accept-Encoding": ("gzip", "br;q=9", "identity;q=0, *;q=0", "\xfc"),
    "Content-Type": ("text/plain", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "x",
                     "application/x-www-form-urlencoded; charset=martian",
                     "multipart/form-data; boundary=" + "b" * 300),
    "Cookie": ("tz=../../etc", "tz=Mars/Olympus", "tz=Pacific/Chatham", "theme=\xff", "columns=%00", "=;=;=",
               "messages=x:y:z"),
    "HX-Request": ("true", "false", "1", "\xff"),
    "HX-Target": ("rows", "results", "examples", "now", "\xe2\x82", "x" * 3000),
    "HX-Current-URL": ("http://testserver/images/?q=%ff", "http://[", "javascript:x", "/images/", "http://testserver:99999/"),
    "HX-Current-URL-URI-AutoEncoded": ("true",),
    "HX-Trigger-Name": ("q", "\xfe"),
    "HX-Boosted": ("true",),
    "HX-History-Restore-Request": ("true",),
    "Console-Background": ("1", ""),
    "If-None-Match": ('"x"', "*", 'W/"', "\xff"),
    "If-Modified-Since": ("Thu, 01 Jan 1970 00:00:00 GMT", "yesterday", "Thu, 99 Foo 99999 99:99:99 GMT"),
    "Referer": ("http://testserver/", "http://[::1", "\xff", "about:blank"),
    "Host": ("testserver", "testserver:99999", "evil.example", "[::1", "a b"),
    "X-Forwarded-For": ("1.2.3.4", "::1", "unknown", "1.2.3.4, 5.6.7.8", "not an address", "%", ",,,"),
    "X-Forwarded-Proto": ("https", "gopher"),
    "X-Request-Id": ("x" * 64, "a b", "\xff", "../x"),
    "Upload-Digest": ("", "zz", "a" * 64, "\xff"),
    "Content-Length": ("0",),  # any other that is not right is refused, or waited for, by the server before us
    "User-Agent": ("", "\xff" * 200, "x" * 5000),
    "X-HTTP-Method-Override": ("DELETE",),
    "Expect": ("100-continue",),
}  # fmt: skip


def value(rng: random.Random) -> bytes:
    """Anything, now and then a sensible search or a word; at most 150,000 bytes."""
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(_NUMBERS).encode()
    if kind < 0.65:
        return rng.choice(_WORDS).encode("utf-8", "surrogatepass")
    if kind < 0.75:
        return rng.choice(_BYTES)
    if kind < 0.9:
        return query(rng).encode()
    if kind < 0.93:
        return b"z" * rng.choice([129, 1025, 9000, 131_073])
    return rng.randbytes(rng.randint(1, 40))


def query(rng: random.Random) -> str:
    """Something like a search."""
    words = [rng.choice(_QUERIES) for _ in range(rng.choice([1, 1, 1, 2, 3, 8]))]
    text = rng.choice([" ", " OR ", " (", ") ", " -"]).join(words)
    cut = rng.randrange(len(text) + 1)
    return text[:cut] if rng.random() < 0.2 else text


def in_path(rng: random.Random) -> str:
    """For the place of a number or a name in a path."""
    return quote_from_bytes(value(rng)[:2000], safe="-._~:@!$&'()*+,;=")


def headers(rng: random.Random) -> dict[str, str]:
    """None mostly, else a few odd ones; latin-1, as servers hand them on."""
    if rng.random() < 0.5:
        return {"HX-Request": "true"} if rng.random() < 0.4 else {}
    names = rng.sample(sorted(_HEADERS), rng.choice([1, 1, 2, 3]))
    return {name: rng.choice(_HEADERS[name]) for name in names}
