"""The long check, for any client: transactional read-process-write while workers abort, crash, leave and join.

Records of a source topic carry their number within their partition. Workers of one group copy them to a sink topic,
one transaction for each batch, together with the group's offsets. Whatever happens on the way, a read_committed reader
of the sink must see each source partition's numbers once, in order.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from named_checks import ROUNDS, same

SOURCE_PARTITIONS = 6
RECORDS_PER_PARTITION = 60 * ROUNDS
LIMIT_S = 60 + 6 * ROUNDS


class Worker(Protocol):
    """A consumer of the group and a transactional producer; both are used by one thread only."""

    def poll(self) -> int:
        """Polls some records, drops those of partitions that were revoked; how many wait for a transaction."""

    def begin(self) -> None:
        """Begins a transaction with the records that wait and the group's offsets behind them."""

    def flush(self) -> None:
        """Waits until the broker has what the transaction holds."""

    def commit(self) -> None:
        """Commits. Raises `Retired` when the transaction could not be committed, and is aborted."""

    def abort(self) -> None:
        """Aborts, and goes back to the first of the records that the transaction held."""

    def close(self) -> None:
        """Leaves the group. A transaction that is open stays so: another worker of the same name ends it."""


class Retired(Exception):
    """The worker cannot go on (fenced, not a member any more); another one of its name may."""


class Slot:
    """Runs workers of one name, one after the other, until told to stop."""

    def __init__(self, name: str, make: Callable[[str], Worker], seed: int) -> None:
        self.outcomes = {"commits": 0, "aborts": 0, "crashes": 0, "retired": 0}
        self.failure: BaseException | None = None
        self._stopped = threading.Event()
        self._name, self._make, self._random = name, make, random.Random(seed)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        left_open = False
        try:
            # What a crash left open is ended by the next worker of the name, also when no one works any more.
            while left_open or not self._stopped.is_set():
                worker = self._make(self._name)
                left_open = False
                try:
                    left_open = self._work(worker)
                except Retired:
                    self.outcomes["retired"] += 1
                finally:
                    worker.close()
        except BaseException as failure:  # noqa: BLE001 - the check looks at it
            self.failure = failure

    def _work(self, worker: Worker) -> bool:
        """Works until told to stop, or as if it crashed: then it is true that a transaction is left open."""
        while not self._stopped.is_set():
            if worker.poll() == 0:
                continue
            worker.begin()
            if self._random.random() < 0.5:
                worker.flush()
            what = self._random.random()
            if what < 0.05:
                self.outcomes["crashes"] += 1
                return True
            if what < 0.25:
                worker.abort()
                self.outcomes["aborts"] += 1
            else:
                worker.commit()
                self.outcomes["commits"] += 1
        return False

    def stop(self) -> None:
        """Ends the worker, whatever it is doing."""
        self._stopped.set()
        self._thread.join(30)
        assert not self._thread.is_alive(), f"worker {self._name} ends"
        self.check()

    def check(self) -> None:
        """Fails with what the worker failed with."""
        if self.failure is not None:
            raise self.failure


def copy_exactly_once(
    make: Callable[[str], Worker], committed: Callable[[], Iterable[tuple[int, int]]], seed: int
) -> None:
    """Lets workers come and go until `committed` (source partition and number, as the sink has them) is complete."""
    chance = random.Random(seed)
    slots = {name: Slot(name, make, seed + ord(name)) for name in "ab"}
    ended: list[Slot] = []
    expected = SOURCE_PARTITIONS * RECORDS_PER_PARTITION
    seen: list[tuple[int, int]] = []
    deadline = time.monotonic() + LIMIT_S
    next_change = time.monotonic() + 2
    while len(seen) < expected:
        assert time.monotonic() < deadline, f"{len(seen)} of {expected} records within {LIMIT_S} s"
        seen += committed()
        for slot in slots.values():
            slot.check()
        if time.monotonic() < next_change:
            continue
        next_change = time.monotonic() + chance.uniform(1, 3)
        name = chance.choice("abcd")
        if name not in slots:
            slots[name] = Slot(name, make, chance.randrange(1 << 30))
        elif len(slots) > 1:
            ended.append(slots.pop(name))
            ended[-1].stop()
    for slot in slots.values():
        slot.stop()
    for _ in range(5):
        seen += committed()
    outcomes = [slot.outcomes for slot in (*ended, *slots.values())]
    print(
        {what: sum(one[what] for one in outcomes) for what in ("commits", "aborts", "crashes", "retired")}, flush=True
    )
    for partition in range(SOURCE_PARTITIONS):
        numbers = [number for source, number in seen if source == partition]
        same(numbers, list(range(RECORDS_PER_PARTITION)), f"what the sink has of partition {partition}")
