"""The On-Premises API, and providers with the same shape: lists at the top of the body."""

from __future__ import annotations

from producer.providers.flat import flattened, has_lists_at_top
from producer.providers.provider import Guide, Json, Provider, unchanged


def recognises(body: Json, configured: bool) -> bool:  # noqa: ARG001
    """Whether there are lists at the top; more special shapes were tried before."""
    return has_lists_at_top(body)


def from_canonical(body: Json) -> Json:
    """The lists of the only change, moved to the top."""
    return flattened(body, "display_phone_number")


GUIDE = Guide(
    title="WhatsApp On-Premises API",
    steps=(
        "There is no console. In the application settings of the client, set webhooks.url to this "
        "address: {login_url}",
        "If you issued the certificate of the address yourself, upload its CA to the client.",
    ),
    keys="""auth = "basic"
username = "bluetick"
password = "env:ONPREM_PASSWORD"
business_number = "15550003333"
""",
)
OTHERS = {
    "positus": Guide(
        title="Positus",
        steps=(
            "Enter this webhook URL for the number; without one, Positus sends no webhooks: {url}",
            "Let Positus send the header X-Webhook-Token with a secret of your choice. If it "
            'cannot, set auth = "basic", and use an address with user and password: {login_url}',
        ),
        keys="""auth = "header"
header = "X-Webhook-Token"
token = "env:POSITUS_TOKEN"
business_number = "15550001111"
""",
    )
}
PROVIDER = Provider(recognises, unchanged, from_canonical, guide=GUIDE, others=OTHERS)
