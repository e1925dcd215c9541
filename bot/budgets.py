"""Keeps count of dear requests in this process; a server and its members are always with the same one."""

import math
from collections import OrderedDict
from datetime import timedelta
from typing import Final

from bot.clock import Clock
from bot.domain.budgets import BUDGETS, Bucket, Cost, filled, taken, wait_for
from bot.domain.sources import stamp
from bot.errors import UserError

_MOST: Final = 20_000
"""Buckets kept; who asked longest ago goes, and has a full one again."""

_Key = tuple[Cost, str, int]


class Budgets:
    """Lets a request pass or says when to come again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: OrderedDict[_Key, Bucket] = OrderedDict()

    def spend(self, cost: Cost, member_id: int, server_id: int | None) -> None:
        """Count one request. Raises UserError, with the moment from which on it is possible, for one too many.

        What is refused costs nothing, neither the member nor the server.
        """
        now, budget = self._clock.now(), BUDGETS[cost]
        keys: list[tuple[_Key, bool]] = [((cost, "member", member_id), True)]
        if server_id is not None:
            keys.append(((cost, "server", server_id), False))
        found: dict[_Key, Bucket] = {}
        for key, own in keys:
            rate = budget.member if own else budget.server
            bucket = filled(self._buckets.get(key), rate, now)
            wait = wait_for(bucket, rate)
            if wait > timedelta(0):
                again = stamp(now + timedelta(seconds=math.ceil(wait.total_seconds())))
                if cost is Cost.REPORT:
                    raise UserError(f"The moderators have your reports. You can send another {again}.")
                whose = "You have asked for that often" if own else "Many here have asked for that just now"
                raise UserError(f"{whose}, and it takes some work each time. Try again {again}.")
            found[key] = bucket
        for key, bucket in found.items():
            self._buckets[key] = taken(bucket)
            self._buckets.move_to_end(key)
        while len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
