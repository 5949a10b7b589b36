"""The local key-value store: RocksDB, with little memory and without a log of its own.

What was written is in memory until it is flushed: every 16 MiB, by `flush` and by `close_store`. If
the process is killed, the store loses the writes since then: it has all writes up to one of them,
and none after it.
"""

from __future__ import annotations

import fcntl
import logging
import shutil
from pathlib import Path
from typing import IO

from rocksdict import BlockBasedOptions, Cache, DBCompressionType, Options, Rdict, WriteOptions

from settings.errors import BluetickError

logger = logging.getLogger(__name__)

MIB = 1024 * 1024


class StoreInUse(BluetickError):
    """Another process has opened this store."""


def is_rocksdb_error(error: Exception) -> bool:
    """Whether RocksDB raised this: its errors have no type of their own."""
    return type(error) is Exception


def claim(folder: Path) -> IO[bytes]:
    """Locks the place of a store until the result is closed, or this process ends.

    Raises StoreInUse if another process has locked it, and OSError if it cannot be locked.
    """
    # RocksDB locks its folder too, but says so only after it has written to it: on a full disk, a
    # store in use and a damaged one give the same error.
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = folder.with_suffix(".lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise StoreInUse(f"another process uses {folder}") from None
    return lock


def open_store(folder: Path) -> Rdict:
    """The store in this folder, made anew if it is damaged. Call `claim` before."""
    try:
        return _open(folder)
    except Exception as error:
        if not is_rocksdb_error(error):
            raise
        logger.warning("the store in %s is damaged; making it anew from the warehouse", folder)
        shutil.rmtree(folder, ignore_errors=True)
        return _open(folder)


def close_store(store: Rdict) -> None:
    """Closes the store. What cannot be written, as on a full disk, is lost, as after a kill."""
    for close in (store.flush, store.close):
        try:
            close()
        except Exception as error:
            if not is_rocksdb_error(error):
                raise
            logger.warning(
                "the store of recent statuses is closed without its last rows: %s", error
            )


def _open(folder: Path) -> Rdict:
    table = BlockBasedOptions()
    # Indexes and filters count too: outside the cache, they would grow with the number of messages.
    table.set_block_cache(Cache(64 * MIB))
    table.set_cache_index_and_filter_blocks(True)
    table.set_bloom_filter(10, block_based=False)
    table.set_block_size(16 * 1024)
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    # Not zstd: for each small block, it takes longer to begin than to decompress it.
    options.set_compression_type(DBCompressionType.lz4())
    options.set_write_buffer_size(16 * MIB)
    options.set_max_open_files(64)
    options.set_keep_log_file_num(2)
    options.set_block_based_table_factory(table)
    # Not with AccessType.with_ttl: the second store that a process opens with it forgets everything
    # at its next compaction.
    store = Rdict(str(folder), options=options)
    # Without a log, whatever is lost is lost from the end.
    unlogged = WriteOptions()
    unlogged.disable_wal = True  # type: ignore[method-assign, assignment] # the stub is wrong
    store.set_write_options(unlogged)
    return store
