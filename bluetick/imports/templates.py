"""`bluetick import templates`: publishes what the Graph API says about an account's templates."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bluetick.imports.graph_api import Graph
from bluetick.imports.sends import Target, open_publisher
from producer.kafka.acknowledgement import Outgoing
from producer.normalise.account_event import account_event
from producer.normalise.event import Event
from producer.normalise.readers import identifier, word
from producer.normalise.scope import Scope
from producer.privacy import TEMPLATES, veil_of
from schemas.codec import Encoder
from schemas.registry import open_registry
from schemas.topics import ACCOUNT_EVENTS
from settings.dialects import CANONICAL


def import_templates(account: str, graph: Graph, target: Target) -> int:
    """Publishes the state of each template of an account. Returns their number.

    Asks for all templates before it publishes one. Raises GraphFailed, ImportFailed, LevelUnknown,
    BulkPublishFailed, ConfigError, BrokerSilent and RegistryUnavailable.
    """
    registry, readings = open_registry(target.registry_url), target.readings()
    veil = veil_of(readings.privacy)
    encode = Encoder(ACCOUNT_EVENTS, registry)
    events = list(_events(account, graph, target.source))
    publisher = open_publisher(target.bootstrap, registry, readings)
    publisher.send(
        Outgoing(event.topic.name, event.key, encode(event.record))
        for event in (event if veil is None else veil(event) for event in events)
    )
    publisher.flush()
    return len(events)


def _events(account: str, graph: Graph, source: str) -> Iterator[Event]:
    """One event for each template. Its id has the time of asking: a state can come back."""
    now = time.time_ns() // 1000
    scope = Scope(source, CANONICAL, now, None, field=TEMPLATES, waba_id=account)
    for template in graph.templates(account):
        fact = [account, identifier(template.get("id")), now]
        yield account_event(scope, template, event=word(template.get("status")), fact=fact)
