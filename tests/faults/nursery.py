"""Workers that are born quickly: ``python -m tests.faults.nursery`` loads the application once and forks each worker from it,
as the web server does with its own processes. A line of JSON (environment, log) asks for one; its process id is the answer.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from citizen.app import create_app
from citizen.core.worker import Worker


def work(environment: dict[str, str], log: str) -> None:
    """What `flask worker` does, as the leader of a group of its own."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing, written = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_APPEND)
    for number, file in enumerate((nothing, written, written)):
        os.dup2(file, number)
    os.environ.clear()
    os.environ.update(environment)
    os.nice(5)
    with create_app().app_context():
        Worker().run()


def main() -> None:
    """Fork a worker for every line until nobody asks any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits here for those who die
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            work(asked["environment"], asked["log"])
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
