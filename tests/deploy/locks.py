"""How long people wait for locks of the database, seen from beside."""

import threading

import psycopg


class Locks:
    """Watches until its block ends, and holds no lock itself. Seconds in `longest`.

    Whoever builds an index beside the work waits for old transactions on purpose, holds nobody up, and is not counted.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.longest = 0.0
        self.deadlocks = -1

    def __enter__(self) -> "Locks":
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._ended.set()
        self._thread.join(60)

    def _watch(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._ended.wait(0.02):
                rows = connection.execute(
                    "SELECT extract(epoch FROM max(clock_timestamp() - waitstart)) FROM pg_locks"
                    " WHERE NOT granted AND locktype <> 'virtualxid'"
                )
                self.longest = max(self.longest, float(rows.fetchone()[0] or 0))
            rows = connection.execute("SELECT sum(deadlocks) FROM pg_stat_database")
            self.deadlocks = int(rows.fetchone()[0])
