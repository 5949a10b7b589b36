"""SQL texts that write, delete, read other files, show secrets or change the session.

Placeholders: `{data}` is the warehouse's folder of files, `{live}` one of its Parquet files,
`{catalog}` its catalog. `{other}` is a SQLite file and `{text}` a text file outside of it. `{new}`
is a path in the warehouse's folder that does not exist. `{statement}` is a statement, as JSON, that
reads a file. A line that begins with a blank continues the line before it.
"""

from __future__ import annotations

import duckdb

WRITES = """\
COPY (SELECT 1) TO '{live}'
COPY statuses TO '{new}.csv'
COPY (SELECT 1) TO '{new}.parquet' (FORMAT parquet)
COPY statuses FROM '{live}'
EXPORT DATABASE '{data}exported'
EXPORT DATABASE '{data}exported' (FORMAT parquet)
IMPORT DATABASE '{data}'
COPY FROM DATABASE bluetick TO memory
INSERT INTO kafka_offsets (topic) VALUES ('x')
DELETE FROM statuses
UPDATE statuses SET status = 'read'
TRUNCATE statuses
MERGE INTO statuses USING messages ON true WHEN MATCHED THEN DELETE
DROP TABLE statuses
DROP VIEW delivery
ALTER TABLE statuses ADD COLUMN more INTEGER
COMMENT ON TABLE statuses IS 'mine'
CREATE TABLE mine AS SELECT 1
CREATE TEMP TABLE mine AS SELECT 1
CREATE TABLE mine AS FROM (PIVOT statuses ON status USING count(*))
CREATE VIEW mine AS SELECT 1
CREATE OR REPLACE TEMP VIEW statuses AS SELECT 1
CREATE MACRO mine(a) AS a
CREATE TEMP MACRO mine() AS TABLE FROM read_text('{text}')
CREATE SECRET mine (TYPE s3, KEY_ID 'a', SECRET 'b')
CREATE PERSISTENT SECRET mine (TYPE s3, KEY_ID 'a', SECRET 'b')
CREATE TYPE mine AS ENUM ('a')
CREATE SEQUENCE mine
VACUUM
ANALYZE
CHECKPOINT
FORCE CHECKPOINT bluetick
UPDATE EXTENSIONS
INSTALL httpfs
LOAD httpfs
LOAD '{text}'
ATTACH '{other}' AS mine
ATTACH '{new}.duckdb' AS mine
ATTACH 'ducklake:sqlite:{catalog}' AS mine (DATA_PATH '{data}')
DETACH memory
CALL ducklake_cleanup_old_files('bluetick', cleanup_all => true)
CALL ducklake_expire_snapshots('bluetick', older_than => now())
CALL ducklake_delete_orphaned_files('bluetick', cleanup_all => true)
CALL ducklake_merge_adjacent_files('bluetick')
CALL ducklake_rewrite_data_files('bluetick')
CALL ducklake_flush_inlined_data('bluetick')
CALL ducklake_add_data_files('bluetick', 'statuses', '{live}')
CALL ducklake_set_option('bluetick', 'data_inlining_row_limit', 5)
CALL ducklake_set_commit_message('bluetick', 'me', 'mine')
CALL bluetick.set_option('data_inlining_row_limit', 5)
CALL sqlite_attach('{other}')
CALL enable_logging(storage => 'file', storage_path => '{new}')
CALL pragma_version()
FROM ducklake_cleanup_old_files('bluetick', cleanup_all => true)
FROM ducklake_expire_snapshots('bluetick', older_than => now())
FROM bluetick.set_option('data_inlining_row_limit', 5)
FROM checkpoint('bluetick')
FROM force_checkpoint('bluetick')
FROM enable_logging(storage => 'file', storage_path => '{new}')
FROM enable_profiling(save_location => '{new}')
FROM truncate_duckdb_logs()
SELECT write_log('mine')
SELECT nextval('mine')
"""
READS_ELSEWHERE = """\
FROM sqlite_scan('{other}', 'mine')
FROM sqlite_query('bluetick', 'SELECT 1')
FROM read_text('{text}')
FROM read_blob('{live}')
FROM read_csv('{text}')
FROM read_csv_auto('{text}')
FROM read_json('{text}')
FROM read_parquet('{live}')
FROM parquet_scan(['{live}'])
FROM parquet_metadata('{live}')
FROM read_duckdb('{new}.duckdb')
FROM sniff_csv('{text}')
FROM glob('/etc/*')
FROM '{live}'
FROM '{data}main/statuses/*.parquet'
FROM "{live}"
FROM "main"."{live}"
FROM main.parquet
FROM bluetick.csv
FROM "s3://bucket/file.parquet"
TABLE '{live}'
DESCRIBE '{live}'
SUMMARIZE '{live}'
SHOW '{live}'
FROM ducklake_scan('bluetick', 'statuses')
FROM ducklake_list_files('bluetick', 'statuses')
FROM __ducklake_metadata_bluetick.ducklake_metadata
FROM "__DUCKLAKE_METADATA_BLUETICK"."main"."ducklake_data_file"
DESCRIBE __ducklake_metadata_bluetick.ducklake_metadata
SHOW TABLES FROM __ducklake_metadata_bluetick
FROM arrow_scan(1, 2, 3)
FROM pandas_scan(1)
FROM python_map_function(1)
FROM seq_scan('statuses')
FROM query('SELECT 1')
FROM query_table('statuses')
FROM query_table(['{live}'])
FROM histogram('{live}', 'status')
FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))
PRAGMA json_execute_serialized_sql('{statement}')
PRAGMA import_database('{data}')
PRAGMA copy_database('bluetick', 'memory')
SELECT json_serialize_plan('FROM read_text(''{text}'')')
"""
SECRETS = """\
SELECT current_setting('s3_secret_access_key')
SELECT current_setting('S3_ACCESS_KEY_ID')
SELECT current_setting(concat('s3_secret', '_access_key'))
SELECT current_setting(getvariable('name'))
FROM duckdb_settings()
SELECT value FROM pg_catalog.pg_settings
FROM pg_settings
FROM duckdb_secrets()
FROM which_secret('s3://bucket', 's3')
FROM duckdb_databases()
FROM duckdb_databases
FROM pragma_database_list
PRAGMA database_list
FROM duckdb_logs
FROM duckdb_external_file_cache()
SELECT getenv('HOME')
"""
SESSION = """\
SET enable_external_access = true
SET allowed_directories = ['/']
SET allowed_paths = ['/etc/passwd']
SET GLOBAL temp_directory = '{new}'
SET log_query_path = '{new}'
SET profiling_output = '{new}'
PRAGMA profiling_output = '{new}'
PRAGMA enable_profiling
PRAGMA enable_verification
PRAGMA memory_limit = '100GB'
SET memory_limit = '100GB'
SET threads = 100000
SET threads = -1
SET threads = 1 + 1
SET search_path = '__ducklake_metadata_bluetick'
SET schema = 'memory.main'
SET extension_directory = '{new}'
SET autoinstall_known_extensions = true
SET python_enable_replacements = true
SET lock_configuration = true
SET max_expression_depth = 1000000
SET s3_endpoint = 'elsewhere.example'
SET http_proxy = 'elsewhere.example'
SET "ENABLE_external_access" = true
SET/**/enable_external_access/**/=/**/true
SET TimeZone = (SELECT 'UTC')
SET VARIABLE mine = (SELECT content FROM read_text('{text}'))
SET VARIABLE mine = query('SELECT 1')
RESET enable_external_access
RESET memory_limit
USE memory
USE __ducklake_metadata_bluetick
USE __ducklake_metadata_bluetick.main
BEGIN
BEGIN TRANSACTION READ ONLY
START TRANSACTION
COMMIT
ROLLBACK
PREPARE mine AS DELETE FROM statuses
PREPARE mine AS SELECT 1
EXECUTE mine
DEALLOCATE mine
SELECT sleep_ms(1)
SELECT pg_sleep(1)
SELECT __internal_decompress_string(1::UBIGINT)
"""
HIDDEN = """\
SELECT 1; COPY (SELECT 1) TO '{live}'
SELECT ';' AS a /* ; */ ; -- ;
 DELETE FROM statuses
SET TimeZone = 'UTC'; SELECT 1; FROM read_text('{text}')
EXPLAIN ANALYZE COPY (SELECT 1) TO '{live}'
EXPLAIN ANALYZE DELETE FROM statuses
EXPLAIN DELETE FROM statuses
EXPLAIN (ANALYZE, FORMAT json) INSERT INTO kafka_offsets (topic) VALUES ('x')
EXPLAIN ANALYZE CALL ducklake_cleanup_old_files('bluetick', cleanup_all => true)
EXPLAIN ANALYZE FROM read_text('{text}')
EXPLAIN /* FROM statuses */ ANALYZE /* ( */ FROM read_text('{text}')
EXPLAIN (FORMAT json) FROM sqlite_scan('{other}', 'mine')
EXPLAIN ANALYZE CREATE TABLE mine AS SELECT 1
FROM Read_Text('{text}')
FROM "READ_TEXT"('{text}')
FROM read_text/* of */('{text}')
FROM main.read_text('{text}')
FROM system.main.read_text('{text}')
FROM read_text('{text}') WITH ORDINALITY
WITH a AS (FROM read_text('{text}')) FROM a
WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a, read_text('{text}')) FROM a
WITH a AS MATERIALIZED (FROM sqlite_scan('{other}', 'mine')) SELECT 1
SELECT (SELECT content FROM read_text('{text}'))
SELECT 1 WHERE EXISTS (FROM read_text('{text}'))
SELECT 1 IN (SELECT size FROM read_text('{text}'))
SELECT 1 ORDER BY (SELECT size FROM read_text('{text}'))
SELECT 1 LIMIT (SELECT size FROM read_text('{text}'))
SELECT count(*) FILTER ((SELECT size FROM read_text('{text}')) > 0) FROM statuses
SELECT sum(1) OVER (ORDER BY (SELECT size FROM read_text('{text}'))) FROM statuses
SELECT status FROM statuses GROUP BY status HAVING count(*) > (SELECT size FROM read_text('{text}'))
SELECT status FROM statuses QUALIFY row_number() OVER () < (SELECT size FROM read_text('{text}'))
SELECT [(SELECT content FROM read_text('{text}')) FOR x IN [1]]
SELECT list_transform([1], lambda x: (SELECT content FROM read_text('{text}')))
SELECT CASE WHEN true THEN (SELECT content FROM read_text('{text}')) END
SELECT {{'a': (SELECT content FROM read_text('{text}'))}}
SELECT * REPLACE ((SELECT content FROM read_text('{text}')) AS status) FROM statuses
SELECT COLUMNS(c -> c IN (SELECT content FROM read_text('{text}'))) FROM statuses
VALUES ((SELECT content FROM read_text('{text}')))
FROM statuses, read_text('{text}')
FROM statuses POSITIONAL JOIN read_text('{text}')
FROM statuses, LATERAL (FROM read_text('{text}'))
FROM statuses JOIN (FROM read_text('{text}')) ON true
FROM statuses JOIN messages ON 1 = (SELECT size FROM read_text('{text}'))
FROM statuses SEMI JOIN '{live}' ON true
FROM statuses AT (VERSION => (SELECT size FROM read_text('{text}')))
FROM range((SELECT size FROM read_text('{text}')))
SELECT 1 UNION ALL SELECT size FROM read_text('{text}')
SELECT 1 EXCEPT (SELECT 2 INTERSECT SELECT size FROM read_text('{text}'))
FROM (VALUES (1)) UNION BY NAME FROM read_text('{text}')
DESCRIBE FROM read_text('{text}')
SUMMARIZE FROM read_text('{text}')
FROM (SUMMARIZE FROM read_text('{text}'))
FROM (DESCRIBE '{live}')
PIVOT '{live}' ON status USING count(*)
PIVOT read_text('{text}') ON content USING count(*)
PIVOT statuses ON status, kind IN ('message'), getenv(kind) USING count(*)
PIVOT statuses ON status USING count((SELECT content FROM read_text('{text}')))
PIVOT statuses ON status IN (SELECT content FROM read_text('{text}')) USING count(*)
PIVOT (FROM read_text('{text}') SELECT size, content) ON size USING first(content) GROUP BY content
FROM (PIVOT (FROM '{live}') ON status USING count(*))
WITH a AS (PIVOT '{live}' ON status USING count(*)) FROM a
FROM '{live}' PIVOT (count(*) FOR status IN ('sent'))
UNPIVOT (FROM read_text('{text}')) ON content, filename
UNPIVOT '{live}' ON status
EXPLAIN ANALYZE PIVOT '{live}' ON status USING count(*)
"""


ATTACKS = [
    attack.replace("\0", "\n")
    for group in (WRITES, READS_ELSEWHERE, SECRETS, SESSION, HIDDEN)
    for attack in group.replace("\n ", "\0 ").splitlines()
]


def serialised(query: str) -> str:
    """A query as JSON, to be put between quotes."""
    rows = duckdb.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchall()
    return str(rows[0][0]).replace("'", "''")
