"""What strangers are answered: the same for every source, configured or not."""

from __future__ import annotations

import logging
import secrets

from producer.http.errors import Refusal
from settings.sources import Source

log = logging.getLogger("bluetick.refused")

# Stands for a source that is not configured: its requests take the same way and are refused in
# the same way as those with a wrong signature, after as many bytes of the body.
NO_SOURCE = Source(
    name="that is not configured",
    auth="hmac",
    app_secrets=(secrets.token_hex(32),),
    verify_token=secrets.token_hex(32),
)
# The challenge is for senders with a name and a password: some send them only if asked.
CHALLENGE = {"WWW-Authenticate": 'Basic realm="bluetick", charset="UTF-8"'}
HINT = "or the source does not exist: the log of the receiver says which"


def hidden(refusal: Refusal, source: Source) -> Refusal:
    """The refusal to send instead: one that says nothing about the source. Logs the reason."""
    if refusal.status not in (401, 403):
        return refusal
    log.info("refused a request to the source %s: %s", source.name, refusal.message)
    if refusal.status == 401:
        return Refusal(
            401, "not_authentic", f"the signature, token or password is wrong, {HINT}", CHALLENGE
        )
    return Refusal(
        403,
        "verification_failed",
        f"hub.mode must be subscribe and hub.verify_token the source's verify_token, {HINT}",
    )
