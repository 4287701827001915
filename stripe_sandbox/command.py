"""An order to the sandbox that Stripe's API has no word for: what a bank, a network or the time does."""

from collections.abc import Callable
from dataclasses import dataclass

from stripe_sandbox.call import Body, Call
from stripe_sandbox.house import House


@dataclass(frozen=True, slots=True)
class Command:
    """What is ordered on which object: `id` is empty for orders to the sandbox as a whole."""

    house: House
    call: Call
    id: str
    given: Body


Work = Callable[[Command], Body]
