"""Where a warehouse is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from settings.lake import ObjectStore, PostgresServer, lake

SQLITE = "ducklake:sqlite:"
POSTGRES = "ducklake:postgres:"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a warehouse is: DuckLake's catalog URI and the folder or bucket of its data files.

    `folder` is on this machine, for what a process keeps beside the warehouse. `postgres` and
    `store` say how to reach a PostgreSQL catalog and S3.
    """

    catalog: str
    data_path: str
    folder: Path | None = None
    postgres: PostgresServer | None = None
    store: ObjectStore | None = None

    @classmethod
    def under(cls, data_dir: Path) -> Location:
        """The default: a SQLite catalog and Parquet files below one folder."""
        folder = data_dir.resolve()
        return cls(f"{SQLITE}{folder / 'warehouse.sqlite'}", f"{folder / 'files'}/", folder)

    @classmethod
    def of(cls, data_dir: Path, environment: Mapping[str, str] = os.environ) -> Location:
        """The warehouse that the environment names, or else the default below this folder.

        Raises LakeSettingError.
        """
        named, default = lake(environment), cls.under(data_dir)
        path = named.data_path or default.data_path
        if "://" not in path:
            path = f"{Path(path).resolve()}/"
        catalog = default.catalog
        if named.postgres:
            catalog = POSTGRES + " ".join(
                f"{key}='{_quoted(value)}'" for key, value in named.postgres.options
            )
        return cls(catalog, path, default.folder, named.postgres, named.store)

    def __str__(self) -> str:
        """The address of the catalog, without a password."""
        return str(self.postgres or self.catalog)

    @property
    def sqlite_file(self) -> Path | None:
        """The catalog's file; None if the catalog is not SQLite."""
        return Path(self.catalog[len(SQLITE) :]) if self.catalog.startswith(SQLITE) else None

    @property
    def lock_file(self) -> Path | None:
        """The lock file for all writers on this machine; None if the catalog is not SQLite."""
        file = self.sqlite_file
        return file.with_suffix(".lock") if file else None


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
