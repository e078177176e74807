"""A server that has all the time in the world: it answers, but one byte after the other."""

import socket
import threading
from typing import Any


class Dripping:
    """Answers each request with `at_once`, then with `slowly` byte by byte, until the peer has had enough."""

    def __init__(self, at_once: bytes, slowly: bytes, *, every: float = 0.02) -> None:
        self.at_once, self.slowly, self.every = at_once, slowly, every
        #: Bytes of `slowly` that went out, of the last request.
        self.sent = 0
        #: Requests that came in.
        self.met = 0
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "Dripping":
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _start(self, work: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        self._listener.settimeout(0.2)  # so that the end is noticed
        while not self._stop.is_set():
            try:
                connection, _address = self._listener.accept()
            except TimeoutError:
                continue
            self._start(self._drip, connection)

    def _drip(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.settimeout(10)
                if not connection.recv(65536):
                    return
                self.met += 1
                connection.sendall(self.at_once)
                for place in range(len(self.slowly)):
                    if self._stop.wait(self.every):
                        return
                    connection.sendall(self.slowly[place : place + 1])
                    self.sent = place + 1
            except OSError:
                return
