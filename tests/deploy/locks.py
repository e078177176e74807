"""How long people wait for locks of the database, seen from beside."""

import threading

import psycopg

_LONGEST = """
SELECT extract(epoch FROM clock_timestamp() - waitstart), locktype, mode, relation::regclass::text,
  left(waiting.query, 200), ARRAY(
    SELECT concat(state, ' ', left(query, 200)) FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids(pg_locks.pid))
  )
FROM pg_locks JOIN pg_stat_activity waiting USING (pid)
WHERE NOT granted AND locktype <> 'virtualxid' AND waitstart IS NOT NULL
ORDER BY waitstart LIMIT 1
"""


class Locks:
    """Watches until its block ends, and holds no lock itself. Seconds in `longest`; `who` waited for whom.

    Whoever builds an index beside the work waits for old transactions on purpose, holds nobody up, and is not counted.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.longest = 0.0
        self.who: tuple[object, ...] = ()
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
                seconds, *who = connection.execute(_LONGEST).fetchone() or (0,)
                if float(seconds) > self.longest:
                    self.longest, self.who = float(seconds), tuple(who)
            rows = connection.execute("SELECT sum(deadlocks) FROM pg_stat_database")
            self.deadlocks = int(rows.fetchone()[0])
