"""What the client programs share: checks by name, run as `<program> [--config key=value]… <bootstrap> <check>`.

A check is a function of the bootstrap address that raises when the broker does not do what a real Kafka does. Every
name that a check uses (topics, groups, transactional ids) is its own, so checks may share a broker; `all` runs each.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import signal
import sys
import time
import traceback
import uuid
from collections.abc import Callable

ROUNDS = int(os.environ.get("ROUNDS", "5"))

Check = Callable[[str], None]

_checks: dict[str, Check] = {}
_secured: set[str] = set()

security: dict[str, str] = {}
"""What `--config` gave: settings of every client that a check makes."""


def check(function: Check) -> Check:
    """Registers a check under its function's name."""
    return named(function.__name__, function)


def named(name: str, function: Check) -> Check:
    """Registers a check under a name, for functions that make several checks."""
    _checks[name] = function
    return function


def secured(function: Check) -> Check:
    """Registers a check of what needs `--config` with a login; `all` has it only then."""
    _secured.add(function.__name__)
    return check(function)


def fresh(name: str) -> str:
    """A name that nothing else has."""
    return f"{name}-{uuid.uuid4().hex[:8]}"


def eventually(what: str, condition: Callable[[], bool], limit_s: float = 30, pause_s: float = 0.05) -> None:
    """Waits until the condition holds, no longer than the limit."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {limit_s} s: {what}")
        time.sleep(pause_s)


def same(actual: object, expected: object, what: str = "") -> None:
    """Fails with both values when they differ."""
    if actual != expected:
        raise AssertionError(f"{what}: got {actual!r}, expected {expected!r}")


def _run(name: str, bootstrap: str) -> bool:
    started = time.monotonic()
    try:
        _checks[name](bootstrap)
    except Exception:  # noqa: BLE001 - whatever failed, it is reported and the next check may run
        traceback.print_exc()
        print(f"FAILED {name} after {time.monotonic() - started:.1f} s", flush=True)
        return False
    print(f"ok {name} after {time.monotonic() - started:.1f} s", flush=True)
    return True


def main() -> None:
    """Runs the check that the command line names; ends with 0 when it passed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("bootstrap")
    parser.add_argument("check", choices=["all", *_checks])
    arguments = parser.parse_args()
    security.update(pair.split("=", 1) for pair in arguments.config)
    # Who stops a check that takes too long sees where each thread waits.
    faulthandler.register(signal.SIGTERM, all_threads=True, chain=True)
    every = [name for name in _checks if security or name not in _secured]
    names = every if arguments.check == "all" else [arguments.check]
    passed = [_run(name, arguments.bootstrap) for name in names]
    sys.stdout.flush()
    # Threads of clients that a failed check left open do not hold the program.
    os._exit(0 if all(passed) else 1)
