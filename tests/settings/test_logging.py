"""Log lines do not contain the message of an exception, and an outage does not fill the disk."""

from __future__ import annotations

import logging

from settings.logging import LineFormatter, RepeatFilter


def record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    found = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("bluetick.x", logging.WARNING, "f.py", 1, message, (), found)


def raised() -> ValueError:
    try:
        raise ValueError("15551234567")
    except ValueError as error:
        return error


def test_an_exception_is_its_type_and_place() -> None:
    line = LineFormatter().format(record("it failed", raised()))
    assert "15551234567" not in line
    assert "it failed ValueError at " in line
    assert __file__ in line


def test_a_line_is_one_line() -> None:
    line = LineFormatter().format(record("first\n  second"))
    assert line.endswith("Z WARNING bluetick.x first second")


def test_repetitions_are_left_out() -> None:
    repeats = RepeatFilter(3600)
    messages = [f"connect to port {number} failed after {number} ms" for number in (1, 22, 333)]
    assert [repeats.filter(record(message)) for message in messages] == [True, False, False]
    assert repeats.filter(record("another thing"))
    assert RepeatFilter(0).filter(record(messages[0]))
