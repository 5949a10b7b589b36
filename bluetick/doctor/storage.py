"""Check that the bucket of the warehouse's files can be reached."""

from __future__ import annotations

import re

import duckdb

from bluetick.doctor.finding import Finding, ok, problem
from warehouse.attachment import BadSecret, ExtensionMissing, database
from warehouse.location import Location
from warehouse.sql_literal import literal

CHECK = "files"
# What S3 answers, and what to do.
_ADVICE = {
    "403": "check the keys (BLUETICK_S3_KEY_ID, BLUETICK_S3_SECRET) and what they may do",
    "404": "make the bucket, or correct BLUETICK_DATA_PATH",
    "301": "correct BLUETICK_S3_REGION",
}
_STATUS = re.compile(r"HTTP (?:Error: )?.*?\b(30[17]|40[0-9]|50[0-9])\b", re.DOTALL)


def storage(location: Location) -> Finding | None:
    """Whether the bucket answers and accepts the keys; None if the files are in a folder."""
    if location.store is None:
        return None
    # Lists what begins so: nothing.
    names = literal(f"{location.data_path}doctor-looks-*")
    try:
        with database(location) as connection:
            connection.execute("SET http_retries = 1")
            connection.execute(f"FROM glob({names})").fetchall()
    except (ExtensionMissing, BadSecret) as error:
        what, _, advice = str(error).partition(": ")
        return problem(CHECK, what, advice or "correct it")
    except duckdb.Error as error:
        status = found[1] if (found := _STATUS.search(str(error))) else ""
        said = f"answers {status}" if status else "does not answer"
        return problem(
            CHECK,
            f"{location.data_path} {said}",
            _ADVICE.get(status, "check BLUETICK_S3_ENDPOINT, and that the storage runs"),
        )
    return ok(CHECK, f"{location.data_path} can be read")
