"""What survives a restart: one SQLite file, one transaction per effect.

The file is the truth; library.py holds the same images in memory for fast lists. Killed at any moment, the process
finds the last committed effect again. Two processes never share a file: a lock beside it says so in a sentence.
"""

import fcntl
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import msgspec

FORMAT = "1"

_SCHEMA = """
create table if not exists setting (name text primary key, value text not null);
create table if not exists image (seq integer primary key, id text not null unique, shelf text not null,
    doc blob not null, extra blob);
create table if not exists member (image_id text not null, member_id text not null, status text not null,
    created_at text not null, updated_at text not null, primary key (image_id, member_id)) without rowid;
create table if not exists token (digest text primary key, facts blob not null) without rowid;
create table if not exists job (id text primary key, project_id text not null, open integer not null,
    facts blob not null) without rowid;
create table if not exists thing (kind text not null, id text not null, project_id text not null, facts blob not null,
    primary key (kind, id)) without rowid;
"""


class StateRefusedError(Exception):
    """The state file cannot be used: in use by another sandbox, or not one of ours."""


class Store:
    """The state file. ``lock`` guards it and everything that mirrors it in memory; it may be taken again."""

    def __init__(self, path: Path) -> None:
        """Open or create the file.

        :raises StateRefusedError: another sandbox runs on it, or it is no state of a sandbox.
        """
        self.path = path
        self.files = path.with_name(f"{path.name}.files")
        self.lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._guard = _claim(path)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.execute("pragma journal_mode = wal")
            # A killed process loses nothing with this; only a power cut could, and this is a sandbox.
            self._db.execute("pragma synchronous = normal")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.DatabaseError) as error:
            raise StateRefusedError(f"The state file {path} cannot be used: {error}") from error
        self._depth = 0

    def close(self) -> None:
        """Close the file; a later process may open it."""
        with self.lock:
            self._db.close()
            self._guard.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside become durable together, or none. Nested use joins the outer one."""
        with self.lock:
            if self._depth:
                yield
                return
            self._db.execute("begin immediate")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._db.execute("rollback")
                raise
            else:
                self._db.execute("commit")
            finally:
                self._depth -= 1

    def _write(self, sql: str, *values: Any) -> None:
        with self.transaction():
            self._db.execute(sql, values)

    def settle(self) -> None:
        """Move what is written into the file itself: after filling a large state the log beside it is as large."""
        with self.lock:
            self._db.execute("pragma wal_checkpoint(truncate)").fetchall()

    # Settings

    def setting(self, name: str) -> str | None:
        with self.lock:
            row = self._db.execute("select value from setting where name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_setting(self, name: str, value: str) -> None:
        self._write("insert or replace into setting values (?, ?)", name, value)

    # Images

    def add_images(self, rows: Iterable[tuple[str, str, bytes, bytes | None]]) -> None:
        """Add images in bulk: ``(id, shelf, document, hidden facts)``."""
        with self.transaction():
            self._db.executemany("insert into image (id, shelf, doc, extra) values (?, ?, ?, ?)", rows)

    def put_image(self, image_id: str, shelf: str, doc: bytes, extra: dict[str, Any]) -> int:
        """Add or replace one image; its sequence number, which never changes."""
        with self.transaction():
            self._db.execute(
                "insert into image (id, shelf, doc, extra) values (?, ?, ?, ?)"
                " on conflict (id) do update set doc = excluded.doc, extra = excluded.extra",
                (image_id, shelf, doc, _pack(extra)),
            )
            return int(self._db.execute("select seq from image where id = ?", (image_id,)).fetchone()[0])

    def delete_image(self, image_id: str) -> None:
        """Remove an image and its members."""
        with self.transaction():
            self._db.execute("delete from image where id = ?", (image_id,))
            self._db.execute("delete from member where image_id = ?", (image_id,))

    def images(self) -> Iterator[tuple[int, str, bytes]]:
        """All images: sequence number, shelf, document."""
        with self.lock:
            yield from self._db.execute("select seq, shelf, doc from image order by seq")

    def documents(self, seqs: list[int]) -> list[bytes]:
        """The documents with these sequence numbers, in this order."""
        with self.lock:
            found: dict[int, bytes] = {}
            for start in range(0, len(seqs), 900):
                part = seqs[start : start + 900]
                marks = ",".join("?" * len(part))
                found.update(self._db.execute(f"select seq, doc from image where seq in ({marks})", part))  # noqa: S608
        return [found[seq] for seq in seqs]

    def hidden_facts(self, image_id: str) -> dict[str, Any]:
        """Facts about an image that IMS knows and does not show, such as what it was made from."""
        with self.lock:
            row = self._db.execute("select extra from image where id = ?", (image_id,)).fetchone()
        return {} if row is None or row[0] is None else msgspec.json.decode(row[0])

    # Members

    def members(self) -> list[tuple[str, str, str, str, str]]:
        """All members: image, project, status, created, updated."""
        with self.lock:
            return list(self._db.execute("select image_id, member_id, status, created_at, updated_at from member"))

    def put_member(self, image_id: str, member_id: str, status: str, created_at: str, updated_at: str) -> None:
        self._write(
            "insert or replace into member values (?, ?, ?, ?, ?)", image_id, member_id, status, created_at, updated_at
        )

    def delete_member(self, image_id: str, member_id: str) -> None:
        self._write("delete from member where image_id = ? and member_id = ?", image_id, member_id)

    # Tokens

    def tokens(self) -> dict[str, dict[str, Any]]:
        """All tokens by digest."""
        with self.lock:
            rows = self._db.execute("select digest, facts from token").fetchall()
        return {digest: msgspec.json.decode(facts) for digest, facts in rows}

    def put_token(self, digest: str, facts: dict[str, Any]) -> None:
        self._write("insert or replace into token values (?, ?)", digest, _pack(facts))

    def delete_token(self, digest: str) -> None:
        self._write("delete from token where digest = ?", digest)

    # Jobs

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs, open and finished."""
        with self.lock:
            return [msgspec.json.decode(facts) for (facts,) in self._db.execute("select facts from job")]

    def put_job(self, facts: dict[str, Any]) -> None:
        self._write(
            "insert or replace into job values (?, ?, ?, ?)",
            facts["job_id"],
            facts["project_id"],
            int(not facts["status"]),
            _pack(facts),
        )

    # Things to create from: servers, disks, backups, objects, keys

    def things(self, kind: str) -> dict[str, dict[str, Any]]:
        """All things of a kind by id; each knows its ``project_id``."""
        with self.lock:
            rows = self._db.execute("select id, facts from thing where kind = ? order by id", (kind,)).fetchall()
        return {thing_id: msgspec.json.decode(facts) for thing_id, facts in rows}

    def thing(self, kind: str, thing_id: str) -> dict[str, Any] | None:
        """One thing, or ``None``."""
        with self.lock:
            row = self._db.execute("select facts from thing where kind = ? and id = ?", (kind, thing_id)).fetchone()
        return None if row is None else msgspec.json.decode(row[0])

    def put_thing(self, kind: str, thing_id: str, facts: dict[str, Any]) -> None:
        self._write(
            "insert or replace into thing values (?, ?, ?, ?)", kind, thing_id, facts["project_id"], _pack(facts)
        )

    def delete_thing(self, kind: str, thing_id: str) -> None:
        self._write("delete from thing where kind = ? and id = ?", kind, thing_id)


def _pack(facts: dict[str, Any]) -> bytes | None:
    return msgspec.json.encode(facts) if facts else None


def _claim(path: Path) -> TextIO:
    """Lock the state for this process; the kernel lets go when it ends, however it ends."""
    guard = path.with_name(f"{path.name}.lock").open("w")
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        guard.close()
        raise StateRefusedError(f"Another sandbox is running on the state file {path}.") from error
    return guard
