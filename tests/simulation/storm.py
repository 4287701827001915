"""The same small marketplace in a storm.

Stripe answers badly, deliveries come twice, in any order or never, and 16 workers race for the jobs.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any

from polidat.core import Unavailable
from polidat.payments import Gateway, sweep
from polidat.wiring.payment_jobs import PAYMENT_JOBS
from tests.payments.world import World, now

STORM_KEY = "sk_test_storm"
WORKERS = 16
_TRIES = 12
_DROPPED, _TWICE = 0.2, 0.3


@dataclass(kw_only=True)
class StormyWorld(World):
    hasty: Gateway
    dice: Random = field(default_factory=lambda: Random(60))

    @staticmethod
    def chances(seed: str) -> dict[str, Any]:
        """One request in six goes wrong, in one way or another."""
        chances = {"fail": 0.05, "lose": 0.06, "conflict": 0.04, "limit": 0.01, "slow": 0.02}
        return {**chances, "seed": seed, "key": STORM_KEY}

    def gateways(self) -> list[Gateway]:
        return [self.gateway, self.hasty]

    def receive(self, deliveries: Iterable[tuple[bytes, str]]) -> list[bool]:
        """Some are lost, some come twice, all in any order and at once."""
        came = [each for each in deliveries if self.dice.random() > _DROPPED]
        came += [each for each in came if self.dice.random() < _TWICE]
        self.dice.shuffle(came)
        with ThreadPoolExecutor(WORKERS) as pool:
            return [answer for each in pool.map(lambda one: World.receive(self, [one]), came) for answer in each]

    def work(self) -> int:
        """Sixteen workers do what waits, try again what Stripe was away for, and the sweep finds what was lost."""
        done = self._drain()
        persistently(lambda: sweep(self.database, self.hasty, now=now()))
        return done + self._drain()

    def _drain(self) -> int:
        done = 0
        with ThreadPoolExecutor(WORKERS) as pool:
            while self.queue.deferred:
                jobs, self.queue.deferred[:] = list(self.queue.deferred), []
                self.dice.shuffle(jobs)
                for each in [pool.submit(self._do, *job) for job in jobs]:
                    each.result()
                done += len(jobs)
        return done

    def _do(self, name: str, arguments: dict[str, object]) -> None:
        persistently(lambda: PAYMENT_JOBS[name](self.database, self.hasty, **arguments, now=now()))


def persistently(do: Callable[[], object]) -> None:
    """Try again while Stripe is away, as the queue does."""
    for left in reversed(range(_TRIES)):
        try:
            do()
        except Unavailable:
            if not left:
                raise
        else:
            return
