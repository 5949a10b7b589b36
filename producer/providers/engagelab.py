"""EngageLab: the lists of the On-Premises API, and the business number in `business_phone`."""

from __future__ import annotations

from producer.providers.flat import flattened, has_lists_at_top
from producer.providers.provider import Guide, Json, Provider, unchanged

NUMBER = "business_phone"


def recognises(body: Json, configured: bool) -> bool:
    """Whether there are lists at the top and the number's key; without it, the source decides."""
    return has_lists_at_top(body) and (NUMBER in body or configured)


def from_canonical(body: Json) -> Json:
    """The lists of the only change, moved to the top, and the business number."""
    return flattened(body, NUMBER)


GUIDE = Guide(
    title="EngageLab",
    steps=(
        "Enter this webhook URL: {url}",
        "Let EngageLab send the header X-Webhook-Token with a secret of your choice.",
    ),
    keys="""auth = "header"
header = "X-Webhook-Token"
token = "env:ENGAGELAB_TOKEN"
business_number = "15550002222"
""",
)
PROVIDER = Provider(recognises, unchanged, from_canonical, guide=GUIDE)
