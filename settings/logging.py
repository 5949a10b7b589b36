"""Logging: each entry is one line, `time level logger message`, without personal data."""

from __future__ import annotations

import logging
import threading
import time
import traceback

from settings.visible_text import visible

REPEAT_SECONDS = 30.0


class LineFormatter(logging.Formatter):
    """Formats an exception as its type and place, because its message could quote a payload.

    A line holds no character that a terminal would obey.
    """

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"
    converter = time.gmtime  # type: ignore[assignment]  # a class attribute, as logging wants it

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.message = " ".join(record.getMessage().split())
        record.asctime = self.formatTime(record)
        line = self.formatMessage(record)
        error = record.exc_info[1] if record.exc_info else None
        return visible(f"{line} {_place(error)}" if error else line)


class RepeatFilter(logging.Filter):
    """Logs similar lines at most once in `seconds`, so that an outage cannot fill the disk.

    Lines are similar if they differ only in digits.
    """

    def __init__(self, seconds: float = REPEAT_SECONDS) -> None:
        super().__init__()
        self._seconds = seconds
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind = _kind(record.getMessage())
        now = time.monotonic()
        if now - self._last.get(kind, -self._seconds) < self._seconds:
            return False
        self._last[kind] = now
        return True


def configure_logging() -> None:
    """Logs to standard error, unless the program already has a handler.

    An exception that ends a thread is also logged, without its message.
    """
    threading.excepthook = _log_thread
    handler = logging.StreamHandler()
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in ("bluetick.kafka", "bluetick.refused"):
        logging.getLogger(name).filters = [RepeatFilter()]
    # Its warnings are about clients that do not speak HTTP; our own code logs everything else.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    # It logs the address of each request, which may be a secret.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def trace(error: BaseException) -> str:
    """The types of an exception and of its causes, and where each was raised; no message."""
    lines = []
    cause: BaseException | None = error
    while cause:
        lines += [type(cause).__name__]
        lines += [
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(cause.__traceback__)
        ]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n".join(lines)


def _log_thread(arguments: threading.ExceptHookArgs) -> None:
    error = arguments.exc_value
    if error is not None:
        logging.getLogger(__name__).critical("a thread has ended", exc_info=error)


def _kind(message: str) -> str:
    """A message without its digits, such as those of ports, broker ids and durations."""
    return "".join(character for character in message if not character.isdigit())


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
