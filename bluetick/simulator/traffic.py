"""Simulated traffic of two businesses: events with times, and how a provider posts them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import orjson

from bluetick.simulator import incidents, payloads
from bluetick.simulator.incidents import DAY, HOUR
from bluetick.simulator.payloads import Customer, Item, Number

MESSAGES = "messages"
# Probabilities.
INBOUND_FIRST = 0.2
BY_AD = 0.15
ANSWERED = 0.08
NO_OUTCOME = 0.035
READ_AT_ONCE = 0.06
FAILED_THEN_DELIVERED = 0.01
OUT_OF_ORDER = 0.04
BROKEN = 1 / 3000


@dataclass(frozen=True, slots=True)
class Update:
    """One update that a provider posts: time (seconds since 1970), number, field and value."""

    at: float
    number: Number
    field: str
    value: Item


def rhythm(hour: float) -> float:
    """The traffic at an hour of the day (0 to 24): about 1 on average, low at night, two peaks."""
    morning = math.exp(-(((hour - 10.5) / 2.6) ** 2))
    evening = math.exp(-(((hour - 18.5) / 2.2) ** 2))
    return 0.08 + 2.7 * morning + 2.5 * evening


def history(number: Number, start: int, hours: int, *, weekly: int, seed: int) -> Iterator[Update]:
    """The number's traffic of `hours` full hours from `start` (seconds since 1970), unsorted.

    Each hour depends only on its time and the seed, so a later run posts the same events for the
    same hour. `weekly` is the number of messages in a week.
    """
    first = start - start % HOUR
    for begin in range(first, first + hours * HOUR, HOUR):
        rng = Random(f"{seed} {number.phone_number_id} {begin}")
        weekend = 0.6 if (begin // DAY + 3) % 7 >= 5 else 1.15
        expected = weekly / 168 * rhythm(begin % DAY / HOUR + 0.5) * weekend
        for _ in range(_about(rng, expected)):
            yield from happening(rng, number, begin + rng.randrange(HOUR))
        if rng.random() < 0.03:
            field, value = payloads.account_change(rng, begin)
            yield Update(begin, number, field, value)
        if rng.random() < 0.02:
            yield Update(begin, number, MESSAGES, {"errors": [payloads.outage(rng)]})
        yield from announced(number, begin, begin + HOUR)


def announced(number: Number, begin: int, end: int) -> Iterator[Update]:
    """What the platform says about incidents of the number, from `begin` to before `end`."""
    for slot in range(begin // incidents.SLOT, (end - 1) // incidents.SLOT + 1):
        incident = incidents.of_slot(slot)
        if incident.number is number:
            for at, field, value in incident.announced():
                if begin <= at < end:
                    yield Update(at, number, field, value)


def happening(rng: Random, number: Number, at: int, *, pace: float = 1.0) -> Iterator[Update]:
    """The updates of one template or one customer's message at `at`, and of the replies to it.

    With a `pace` below 1, people read and answer sooner by this factor.
    """
    if rng.random() < INBOUND_FIRST:
        yield from _dialogue(rng, number, at, pace)
        return
    category = payloads.pick(rng, number.templates)
    to = payloads.customer(rng, number)
    # The platform refuses marketing templates to numbers of the United States.
    while category == "marketing" and to.wa_id.startswith("1"):
        to = payloads.customer(rng, number)
    wamid = payloads.message_id(rng)
    yield from _delivery(rng, number, to, wamid, category, "regular", at, pace)
    if rng.random() < ANSWERED:
        later = at + int(rng.uniform(60, 1800) * pace) + 1
        answer = payloads.inbound(rng, number, to, later, reply_to=wamid)
        yield _message(number, to, later, answer)
        yield from _reply(rng, number, to, "free_customer_service", later, pace)


def body(updates: Sequence[Update]) -> bytes:
    """The body of one POST with all `updates`, which belong to one number."""
    number = updates[0].number
    changes, entries = [], []
    for update in updates:
        if update.field != MESSAGES:
            change = {"field": update.field, "value": update.value}
            entries.append(
                {"id": number.waba_id, "time": int(update.at), "changes": [change]},
            )
    for kind in ("statuses", "messages", "errors"):
        values = [update.value for update in updates if kind in update.value]
        if not values:
            continue
        value: Item = {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": number.display_phone_number,
                "phone_number_id": number.phone_number_id,
            },
        }
        contacts = {
            contact["wa_id"]: contact for item in values for contact in item.get("contacts", ())
        }
        if contacts:
            value["contacts"] = list(contacts.values())
        value[kind] = [one for item in values for one in item[kind]]
        changes.append({"field": MESSAGES, "value": value})
    if changes:
        entries.append({"id": number.waba_id, "changes": changes})
    return orjson.dumps({"object": "whatsapp_business_account", "entry": entries})


def batches(updates: Iterable[Update], size: int) -> Iterator[list[Update]]:
    """Groups updates into POSTs: by time, of one number, and at most `size` in each."""
    waiting: dict[str, list[Update]] = {}
    for update in sorted(updates, key=lambda update: update.at):
        batch = waiting.setdefault(update.number.name, [])
        batch.append(update)
        if len(batch) >= size:
            yield waiting.pop(update.number.name)
    yield from waiting.values()


def _dialogue(rng: Random, number: Number, at: int, pace: float) -> Iterator[Update]:
    """A customer writes first, sometimes after an advertisement, and gets replies."""
    ad = rng.random() < BY_AD
    sender = payloads.customer(rng, number)
    yield _message(number, sender, at, payloads.inbound(rng, number, sender, at, ad=ad))
    kind = "free_entry_point" if ad else "free_customer_service"
    for turn in range(1, rng.choice((1, 1, 2, 3)) + 1):
        yield from _reply(rng, number, sender, kind, at + int(90 * turn * pace), pace)


def _reply(
    rng: Random, number: Number, to: Customer, kind: str, at: int, pace: float
) -> Iterator[Update]:
    later = at + 1 + int(rng.uniform(10, 120) * pace)
    category = "referral_conversion" if kind == "free_entry_point" else "service"
    wamid = payloads.message_id(rng)
    yield from _delivery(rng, number, to, wamid, category, kind, later, pace)


def _delivery(
    rng: Random,
    number: Number,
    to: Customer,
    wamid: str,
    category: str,
    kind: str,
    at: int,
    pace: float,
) -> Iterator[Update]:
    """The statuses of one message that was sent at `at`."""
    style = category if category in payloads.READ_RATES else "service"
    campaign = f"{number.name}-{category}-{at // DAY % 5}"

    def reported(state: str, when: float, **more: object) -> Update:
        item = payloads.status(wamid, state, int(when), to, callback_data=campaign) | more
        value: Item = {"statuses": [item]}
        if state != "failed":
            value["contacts"] = [to.contact()]
        late = rng.uniform(0, 900 * pace) if rng.random() < OUT_OF_ORDER else 0.0
        return Update(when + late, number, MESSAGES, value)

    if rng.random() < BROKEN:
        nameless = payloads.status(wamid, "sent", at, to)
        del nameless["id"]
        yield Update(at, number, MESSAGES, {"statuses": [nameless]})
    incident = incidents.active(number, at)
    failure = incident.failure(rng, style) if incident else None
    if failure or rng.random() < payloads.FAILURE_RATES[style]:
        failure = failure or payloads.failure(rng, style)
        yield reported("failed", at + 1, errors=payloads.errors(failure))
        if rng.random() < FAILED_THEN_DELIVERED:
            yield reported("delivered", at + 40, pricing=payloads.message_pricing(category, kind))
        return
    # The price comes with `sent` and with one of delivered and read.
    charged: Item = {"pricing": payloads.message_pricing(category, kind)}
    opened: Item = {**charged}
    if number.webhook_version < 24 or kind == "free_entry_point":
        window = 3 * DAY if kind == "free_entry_point" else DAY
        talk = payloads.conversation(rng, category)
        charged["conversation"] = talk
        opened["conversation"] = talk | {"expiration_timestamp": str(at + window)}
    yield reported("sent", at, **opened)
    if rng.random() < NO_OUTCOME:
        return
    slow = rng.random() < 0.08
    delivered = at + 1 + rng.expovariate(1 / (4 * HOUR if slow else 6)) * pace
    delivered += incident.delay(at) if incident else 0.0
    reads = rng.random() < payloads.READ_RATES[style] * (incident.reads if incident else 1.0)
    if reads and rng.random() < READ_AT_ONCE:
        yield reported("read", delivered, **charged)
        return
    yield reported("delivered", delivered, **charged)
    if reads:
        yield reported("read", delivered + 1 + rng.expovariate(1 / 1500) * pace)


def _message(number: Number, sender: Customer, at: int, item: Item) -> Update:
    value = {"contacts": [sender.contact()], "messages": [item]}
    return Update(at, number, MESSAGES, value)


def _about(rng: Random, expected: float) -> int:
    """A random whole number, `expected` on average."""
    spread = rng.gauss(expected, math.sqrt(expected))
    return max(0, int(spread) + (rng.random() < spread % 1))
