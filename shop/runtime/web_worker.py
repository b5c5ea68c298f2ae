"""gunicorn's threads, with one kept free for whoever asks whether the process is alive.

While all threads wait for something slow, a question for `/healthz` would wait with them, and what
watches over the shop would end a process that is merely busy. It is recognized before it is queued
and answered by a thread of its own.
"""

from __future__ import annotations

import selectors
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

HEALTH = (b"GET /healthz", b"HEAD /healthz")
LONGEST = max(map(len, HEALTH))


class HealthFirstWorker(ThreadWorker):
    """Queues requests while its threads are busy, except for those about its health."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._under_way = 0
        self._health = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection to a thread; called by the main thread, as is `finish_request`."""
        if self._under_way < self.cfg.threads or self.cfg.is_ssl:
            self._submit(conn, self.tpool)
        elif (beginning := _peek(conn.sock)) is None:
            self._wait_for_data(conn)
        else:
            self._submit(conn, self._health if beginning.startswith(HEALTH) else self.tpool)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Count down before gunicorn decides what becomes of the connection."""
        self._under_way -= 1
        super().finish_request(conn, fs)

    def _submit(self, conn: Any, pool: ThreadPoolExecutor) -> None:
        self._under_way += 1
        future = pool.submit(self.handle, conn)
        future.add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, conn, done)
        )

    def _wait_for_data(self, conn: Any) -> None:
        """Let the main thread look again once something has been sent."""
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(
            conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn)
        )


def _peek(sock: socket.socket) -> bytes | None:
    """The first bytes that wait there, which stay; None if there are none yet."""
    try:
        return sock.recv(LONGEST, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    except OSError:
        # gunicorn finds out, and closes it.
        return b""
