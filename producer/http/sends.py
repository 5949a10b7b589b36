"""What is special about `/sends/{source}`: the body comes from the sender's own program.

So a body that cannot be read is refused, and not kept: its sender can correct it.
"""

from __future__ import annotations

import orjson
from starlette.responses import Response

from producer.encode import EncodedPost, Encoders, sends_batch_of
from producer.http.errors import Refusal
from producer.json_text import Malformed, TooDeep
from producer.normalise.send import MAX_SENDS, NotSends, TooManySends
from producer.privacy import Veil
from schemas.topics import DEAD_LETTERS, SENDS
from settings.sources import Source


def records_of(
    body: bytes,
    source: Source,
    content_type: str | None,
    received_at: int,
    encoders: Encoders,
    veil: Veil | None = None,
) -> EncodedPost:
    """The encoded sends of a body; the arguments are those of `batch_of`. Raises Refusal."""
    try:
        return sends_batch_of(body, source, content_type, received_at, encoders, veil)
    except (Malformed, TooDeep):
        raise Refusal(
            400, "malformed_json", "the body is not valid JSON: correct it and send it again"
        ) from None
    except NotSends:
        raise Refusal(
            400, "not_sends", "send a JSON object with a message_id, or a list of such objects"
        ) from None
    except TooManySends:
        raise Refusal(
            413, "too_many_sends", f"send at most {MAX_SENDS:,} objects in one body"
        ) from None


def accepted(batch: EncodedPost) -> Response:
    """A 200 with the numbers of sends and of dead letters that the broker has acknowledged."""
    counts = {
        "accepted": batch.topics.get(SENDS.name, 0),
        "dead_letters": batch.topics.get(DEAD_LETTERS.name, 0),
    }
    return Response(orjson.dumps(counts), media_type="application/json")
