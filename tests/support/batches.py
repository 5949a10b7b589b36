"""Kafka batches that no honest producer writes, sent to a broker directly."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Sequence

import pyarrow as pa

LZ4 = 3
PRODUCE, VERSION = 0, 3
HEADER = struct.Struct(">qiibI")
REST = struct.Struct(">hiqqqhii")


def zigzag(number: int) -> bytes:
    """A signed number in the encoding of Kafka and Avro."""
    number = ((number << 1) ^ (number >> 63)) & (2**64 - 1)
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def crc32c(data: bytes) -> int:
    """Castagnoli's checksum, which Kafka writes before each batch."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def unreadable(values: Sequence[bytes]) -> bytes:
    """A batch of these values that brokers accept and librdkafka refuses.

    It has more bytes after the compressed ones.
    """
    records = b"".join(_record(number, value) for number, value in enumerate(values))
    compressed: bytes = pa.Codec("lz4").compress(records, asbytes=True)
    return _batch(compressed + b"left over", len(values), LZ4)


def _record(number: int, value: bytes) -> bytes:
    body = b"".join(
        (b"\0", zigzag(0), zigzag(number), zigzag(-1), zigzag(len(value)), value, zigzag(0))
    )
    return zigzag(len(body)) + body


def _batch(payload: bytes, count: int, codec: int) -> bytes:
    now = int(time.time() * 1000)
    rest = REST.pack(codec, count - 1, now, now, -1, -1, -1, count) + payload
    return HEADER.pack(0, 4 + 1 + 4 + len(rest), -1, 2, crc32c(rest)) + rest


def send(bootstrap: str, topic: str, partition: int, batch: bytes) -> int:
    """Publishes one batch and returns the offset of its first record."""
    request = b"".join(
        (
            struct.pack(">hhi", PRODUCE, VERSION, 1) + _text("tests"),
            struct.pack(">hhi", -1, -1, 10_000),  # no transaction, all replicas, 10 s
            struct.pack(">i", 1) + _text(topic),
            struct.pack(">iii", 1, partition, len(batch)) + batch,
        )
    )
    host, _, port = bootstrap.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=30) as wire:
        wire.sendall(struct.pack(">i", len(request)) + request)
        with wire.makefile("rb") as answer:
            (size,) = struct.unpack(">i", answer.read(4))
            answered = answer.read(size)
    at = 4 + 4 + 2 + len(topic) + 4
    _, error, offset = struct.unpack_from(">ihq", answered, at)
    assert error == 0, f"the broker refuses the batch: error {error}"
    return int(offset)


def _text(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()
