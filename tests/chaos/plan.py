"""The faults of a campaign, their order and duration, all decided by the seed."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

RECEIVER, CONSUMER, BROKER, NETWORK, WAREHOUSE, POSTGRES, STORE = (
    *("receiver", "consumer", "broker", "network"),
    *("warehouse", "postgres", "store"),
)
KILL, PAUSE, FILL, LOCK = "kill", "pause", "fill", "lock"

STEPS_BETWEEN_CALMS = 10
CALM_SECONDS = 6.0
# A session runs out (4 s), the others hear of it (3 s), take over and land (a few more).
ZOMBIE_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Step:
    """One fault.

    It starts `wait` seconds after the one before. `target` is a component, or one of the consumers
    (`consumer-2`). For `seconds`, the target is down, frozen, full or locked.
    """

    wait: float
    action: str
    target: str
    seconds: float


def plan(
    seed: int, kills: int, *, consumers: int, broker_survives: bool, servers: bool = False
) -> list[Step]:
    """A plan with exactly `kills` kills of receiver, consumers and broker, and other faults.

    With `servers`, PostgreSQL and the S3 server hold the warehouse, and are killed too.

    A broker that keeps its log in memory would lose it with its process. So without
    `broker_survives`, the broker is frozen but never killed.
    """
    chance = random.Random(f"plan {seed}")
    killed = [RECEIVER] * 3 + [CONSUMER] * 4 + [BROKER] * (2 if broker_survives else 0)
    killed += [POSTGRES, POSTGRES, STORE, STORE] if servers else []
    steps: list[Step] = []
    recovery = 0.0
    bag: list[tuple[str, str, float]] = []
    while kills:
        calm = CALM_SECONDS if steps and len(steps) % STEPS_BETWEEN_CALMS == 0 else 0.0
        wait = calm + chance.uniform(0.4, 3.4)
        if chance.random() < 0.65:
            kills -= 1
            action, target, seconds = KILL, chance.choice(killed), _downtime(chance)
        else:
            if not bag:
                bag = _mishaps(chance, servers)
            action, target, seconds = bag.pop()
        if target == CONSUMER:
            target = consumer_name(chance.randint(1, consumers))
        steps.append(Step(wait + recovery, action, target, seconds))
        recovery = _recovery(chance, steps[-1])
    return steps


def consumer_name(number: int) -> str:
    """The component name of the first, second, … consumer."""
    return f"{CONSUMER}-{number}"


def kills_by_component(steps: list[Step]) -> dict[str, int]:
    """How often the plan kills each component; all consumers are counted together."""
    return dict(Counter(step.target.split("-")[0] for step in steps if step.action == KILL))


def _downtime(chance: random.Random) -> float:
    # Mostly a supervisor that restarts at once; sometimes a machine that is away for a while.
    return chance.uniform(4.0, 8.0) if chance.random() < 0.1 else chance.uniform(0.0, 1.0)


def _recovery(chance: random.Random, step: Step) -> float:
    """The seconds without another fault after a fault."""
    # A server takes seconds to come back: sometimes it gets them, sometimes it does not.
    if step.action == KILL and step.target in (BROKER, POSTGRES, STORE):
        return chance.uniform(0.0, 9.0)
    # Another consumer must have landed for the frozen one to be behind when it wakes up.
    if step.action == PAUSE and step.target.startswith(CONSUMER):
        return step.seconds if step.seconds > ZOMBIE_SECONDS else 0.0
    return 0.0


def _mishaps(chance: random.Random, servers: bool) -> list[tuple[str, str, float]]:
    """One fault of each kind, in any order, so that even a short plan has most kinds."""
    every = [
        # The others take its partitions meanwhile, and it comes back believing they are its own.
        (PAUSE, CONSUMER, chance.uniform(ZOMBIE_SECONDS, ZOMBIE_SECONDS + 4.0)),
        # Long enough to be given up by the group, but everything else goes on failing.
        (PAUSE, CONSUMER, chance.uniform(5.0, 9.0)),
        (PAUSE, CONSUMER, chance.uniform(0.5, 3.0)),
        (PAUSE, RECEIVER, chance.uniform(0.5, 8.0)),
        (PAUSE, BROKER, chance.uniform(0.5, 9.0)),
        (PAUSE, NETWORK, chance.uniform(0.5, 6.0)),
        (KILL, NETWORK, chance.uniform(0.0, 3.0)),
        (LOCK, WAREHOUSE, chance.uniform(1.0, 8.0)),
    ]
    if servers:
        every += [(PAUSE, name, chance.uniform(0.5, 8.0)) for name in (POSTGRES, STORE)]
    else:
        every.append((FILL, WAREHOUSE, chance.uniform(1.0, 5.0)))
    chance.shuffle(every)
    return every
