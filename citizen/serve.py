"""The web server: `python -m citizen.serve`.

The application's modules are loaded once, before the workers are forked: they share that memory, and a worker that dies
is replaced in a tenth of a second instead of two. Nothing is connected before the fork. Any other WSGI server works as
well with ``wsgi:app``.
"""

from __future__ import annotations

import argparse
import gc
import logging

gc.disable()  # see wsgi.py, whose last line turns it on again in every worker

from granian import Granian  # noqa: E402
from granian.constants import Interfaces  # noqa: E402
from granian.log import LogLevels  # noqa: E402

import citizen.app  # noqa: E402, F401 - loaded here for the workers' sake

#: Requests in hand may take this long after the server was told to stop; a worker that hangs is then killed.
STOP_SECONDS = 10


def _tells(record: logging.LogRecord) -> bool:
    """Not that threads are many: what works at the same time is bounded by `citizen.web.arrivals`, the others wait."""
    return "Python threads" not in str(record.msg)


def main() -> None:
    """Serve ``wsgi:app`` until told to stop."""
    options = argparse.ArgumentParser(description="Serve the site.")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8000)
    options.add_argument("--workers", type=int, default=2)
    # Most of them wait: for a request to arrive, or for their turn; see `citizen.web.arrivals`.
    options.add_argument(
        "--threads", type=int, default=16, choices=range(1, 65), help="requests a worker receives at once"
    )
    chosen = options.parse_args()
    logging.getLogger("_granian").addFilter(_tells)
    Granian(
        "wsgi:app",
        address=chosen.host,
        port=chosen.port,
        interface=Interfaces.WSGI,
        workers=chosen.workers,
        blocking_threads=chosen.threads,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
