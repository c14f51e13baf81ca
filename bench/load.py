"""A load generator cheap enough to share two cores with the server it measures: raw sockets, prepared bytes."""

import multiprocessing
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing.queues import Queue
from typing import NamedTuple

PROCESSES = 2


class Result(NamedTuple):
    """What a run of load saw: requests a second, latencies in ms, and the statuses."""

    rate: float
    p50: float
    p99: float
    statuses: dict[int, int]


def request(method: str, path: str, token: str = "", body: bytes = b"") -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json",
             f"Content-Length: {len(body)}"]  # fmt: skip
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Wire:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, message: bytes) -> tuple[int, bytes]:
        """Send one request; the status and body of its answer."""
        self._socket.sendall(message)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].lower()
        at = head.index(b"content-length:") + 15
        wanted = end + 4 + int(head[at:].split(b"\r\n", 1)[0])
        while len(data) < wanted:
            data += self._more()
        return int(data[9:12]), data[end + 4 :]

    def _more(self) -> bytes:
        chunk = self._socket.recv(65536)
        if not chunk:
            raise ConnectionResetError("the server hung up")
        return chunk


def measure(port: int, messages: Sequence[bytes], seconds: float, connections: int = 8) -> Result:
    """Send the messages round and round over so many connections, for so many seconds."""
    results: Queue[tuple[list[float], Counter[int]]] = multiprocessing.Queue()
    share = connections // PROCESSES
    children = [
        multiprocessing.Process(
            target=_process, args=(port, messages[number::PROCESSES], seconds, share, results)
        )
        for number in range(PROCESSES)
    ]
    for child in children:
        child.start()
    parts = [results.get() for _ in children]
    for child in children:
        child.join()
    times = sorted(time_taken for taken, _ in parts for time_taken in taken)
    statuses = sum((counted for _, counted in parts), Counter[int]())
    return Result(
        len(times) / seconds,
        1000 * times[len(times) // 2],
        1000 * times[int(len(times) * 0.99)],
        dict(statuses),
    )


def _process(
    port: int, messages: Sequence[bytes], seconds: float, connections: int,
    results: "Queue[tuple[list[float], Counter[int]]]",
) -> None:  # fmt: skip
    taken: list[float] = []
    statuses: Counter[int] = Counter()
    deadline = time.perf_counter() + seconds

    def work(turns: Iterator[bytes]) -> None:
        wire = Wire(port)
        for message in turns:
            started = time.perf_counter()
            if started > deadline:
                return
            status, _ = wire.send(message)
            taken.append(time.perf_counter() - started)
            statuses[status] += 1

    threads = [
        threading.Thread(target=work, args=(_endless(messages, number),)) for number in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((taken, statuses))


def _endless(messages: Sequence[bytes], start: int) -> Iterator[bytes]:
    while True:
        yield messages[start % len(messages)]
        start += 1
