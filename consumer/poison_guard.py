"""Stops a consumer that cannot decode any record, because then its configuration is wrong."""

from __future__ import annotations

from settings.errors import BluetickError

LEAST = 500


class PoisonFlood(BluetickError):
    """No record can be decoded; the message says what to look at."""


class PoisonGuard:
    """Counts undecodable records until the first one that can be decoded.

    After that it never stops the consumer: otherwise anyone who can write to Kafka could stop
    landing with invalid records.
    """

    def __init__(self, least: int = LEAST) -> None:
        self._least = least
        self._poison = 0
        self._silent = False

    def check(self, records: int, poison: int) -> None:
        """Call before each attempt to land a batch. Raises PoisonFlood.

        `records` and `poison` are the numbers of all and of undecodable records of the batch.
        """
        bad = self._poison + poison
        if self._silent or records > poison or bad < self._least:
            return
        raise PoisonFlood(
            f"none of the first {bad} records could be decoded, so single records are probably not "
            "the cause. Check that SCHEMA_REGISTRY_URL is the one that the receiver uses, and who "
            "else writes to these topics. Nothing of this batch was landed. To turn such records "
            "into dead letters and continue: `bluetick land --accept-poison`"
        )

    def landed(self, records: int, poison: int) -> None:
        """Call after each batch that has landed."""
        self._poison += poison
        self._silent = self._silent or records > poison
