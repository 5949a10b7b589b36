"""What each role may see. Every page asks here, and so do the queries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from settings.login import Entry, Role


class Right(Enum):
    """Something that not everybody may see."""

    PEOPLE = auto()  # recipients, senders, ids of messages (they hold a number), and texts
    WHOLE = auto()  # what belongs to no account: dead letters, Kafka, files, alerts
    SQL = auto()  # everything, as they like


RIGHTS: dict[Role, frozenset[Right]] = {
    "viewer": frozenset({Right.WHOLE}),
    "operator": frozenset(Right),
}
# The right that each page needs.
PAGES: dict[str, Right | None] = {
    "overview": None,
    "delivery": None,
    "failures": None,
    "campaigns": None,
    "countries": None,
    "messages": Right.PEOPLE,
    "conversations": None,
    "pricing": None,
    "inbound": None,
    "events": None,
    "pipeline": Right.WHOLE,
    "sql": Right.SQL,
}


@dataclass(frozen=True, slots=True)
class Sight:
    """The part of the warehouse that a person sees; `limited`: only of these accounts, numbers."""

    people: bool = True
    limited: bool = False
    accounts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


EVERYTHING = Sight()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who uses the dashboard. `who` is their e-mail address, or `local`."""

    who: str
    role: Role
    accounts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @classmethod
    def of(cls, entry: Entry) -> Person:
        """The person that the configuration describes."""
        return cls(entry.email, entry.role, entry.accounts or (), entry.numbers or ())

    @property
    def limited(self) -> bool:
        return bool(self.accounts or self.numbers)

    def may(self, right: Right) -> bool:
        """Whether they have a right. What belongs to no account is not for limited persons."""
        return right in RIGHTS[self.role] and not (right is Right.WHOLE and self.limited)

    def may_open(self, page: str) -> bool:
        """Whether they may open a page of PAGES. Raises KeyError for another one."""
        needed = PAGES[page]
        return needed is None or self.may(needed)

    @property
    def sight(self) -> Sight:
        return Sight(self.may(Right.PEOPLE), self.limited, self.accounts, self.numbers)


# Whoever is at this machine, without a login.
LOCAL = Person("local", "operator")
