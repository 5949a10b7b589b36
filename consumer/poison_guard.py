"""Stops a consumer that can decode nothing: then its own configuration is at fault."""

from __future__ import annotations

from settings.errors import BluetickError

LEAST = 500


class PoisonFlood(BluetickError):
    """No record can be decoded; the message says what to look at."""


class PoisonGuard:
    """Counts undecodable records until the first one that can be decoded.

    From then on it is silent, whatever comes: anyone who can write to Kafka must not be able to
    stop landing with junk.
    """

    def __init__(self, least: int = LEAST) -> None:
        self._least = least
        self._poison = 0
        self._silent = False

    def check(self, records: int, poison: int) -> None:
        """Call with each batch before it lands, however often that is tried. Raises PoisonFlood."""
        bad = self._poison + poison
        if self._silent or records > poison or bad < self._least:
            return
        raise PoisonFlood(
            f"none of the first {bad} records could be decoded, so this is hardly about single "
            "records. Look at SCHEMA_REGISTRY_URL (is it the one the receiver uses?) and at who "
            "else writes to these topics. Nothing of this batch was landed; to make dead letters "
            "of such records and continue: `bluetick land --accept-poison`"
        )

    def landed(self, records: int, poison: int) -> None:
        """Call with each batch that has landed."""
        self._poison += poison
        self._silent = self._silent or records > poison
