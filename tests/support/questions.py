"""SQL texts that people type to analyse a warehouse; all of them only read."""

from __future__ import annotations

QUESTIONS = [
    "",
    ";",
    "-- nothing",
    "SELECT 1; SELECT 'x;y' AS b;",
    "SELECT 1 /* ; */; -- ;\nSELECT 2",
    "FROM statuses",
    "FROM statuses SELECT count(*)",
    "TABLE statuses",
    "VALUES (1), (2)",
    "SELECT * FROM bluetick.statuses, bluetick.main.messages",
    'SELECT "STATUS" FROM "Statuses"',
    "SELECT 'é', '日本', '\u00a0' AS \"ü\"; SELECT 2",
    "SELECT $$ it's ; $$",
    "WITH a AS (FROM statuses), b AS (FROM a) SELECT count(*) FROM a, b",
    "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < 5) FROM a",
    "SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3",
    "FROM range(3) POSITIONAL JOIN generate_series(1, 4)",
    "SELECT unnest([1, 2]), x.n FROM unnest([1, 2]) AS x(n)",
    "SELECT [n + 1 FOR n IN [1, 2] IF n > 1], list_transform([1], lambda n: n + 1)",
    "SELECT e.* FROM messages, json_each(content) AS e",
    "SELECT content ->> '$.text.body', value -> '$.a' FROM messages, account_events",
    "SELECT status, lag(status) OVER w, row_number() OVER w FROM statuses "
    "WINDOW w AS (PARTITION BY message_id ORDER BY occurred_at)",
    "SELECT DISTINCT ON (message_id) * FROM statuses ORDER BY message_id, occurred_at DESC",
    "SELECT message_id FROM statuses QUALIFY row_number() OVER (PARTITION BY message_id) = 1",
    "SELECT COLUMNS('.*_at') FROM outcomes",
    "SELECT * EXCLUDE (topic) REPLACE (upper(status) AS status) FROM statuses USING SAMPLE 10%",
    "SELECT date_trunc('hour', occurred_at), count(*) FILTER (status = 'sent') FROM statuses "
    "GROUP BY ALL ORDER BY ALL",
    "SELECT status, source, count(*), grouping(status) FROM statuses "
    "GROUP BY GROUPING SETS ((status), (source), ())",
    "SELECT occurred_at AT TIME ZONE 'Asia/Tokyo', EXTRACT(epoch FROM occurred_at), "
    "current_date, now() - INTERVAL 1 DAY, time_bucket(INTERVAL 5 MINUTES, occurred_at) "
    "FROM statuses",
    "SELECT TRY_CAST('a' AS INTEGER), coalesce(NULL, 1), nullif(1, 2), ifnull(NULL, 1), "
    "if(true, 1, 2), greatest(1, 2), CASE 1 WHEN 1 THEN 2 END, 5 // 2, 2 ** 3, 'a' || 'b'",
    "SELECT {'a': 1}.a, MAP {'a': 1}['a'], [1, 2][1:2], (1, 2) < (1, 3), 'abc'[1], "
    "'a' LIKE 'b' OR 'a' ILIKE 'A' OR 'a' SIMILAR TO 'a' OR 'a' GLOB 'a*'",
    "SELECT quantile_cont(epoch(occurred_at), 0.9), approx_quantile(1, 0.5), histogram(status), "
    "string_agg(status, ',' ORDER BY status), arg_max(status, occurred_at), mode(status) "
    "FROM statuses",
    "SELECT regexp_extract('a1', '[0-9]'), substring('abc' FROM 2), trim(BOTH 'x' FROM 'xax'), "
    "position('a' IN 'ba'), strftime(now(), '%Y'), format('{}', 1), md5('a'), uuid(), random()",
    "SELECT * FROM statuses AT (VERSION => 2)",
    "SELECT a.* FROM (SELECT 1 AS n) AS a ASOF JOIN (SELECT 1 AS n) AS b ON a.n >= b.n",
    "PIVOT statuses ON status USING count(*)",
    "PIVOT statuses ON status, kind || channel USING count(*) AS n, max(occurred_at) "
    "GROUP BY source ORDER BY source LIMIT 5",
    "PIVOT statuses ON status IN ('sent', 'read'), kind USING count(*) GROUP BY source;",
    "PIVOT (FROM statuses JOIN messages USING (message_id)) ON status -- , USING\n"
    "USING count(*) GROUP BY type",
    "FROM (PIVOT (FROM statuses SELECT status, source) ON status)",
    "WITH p AS (PIVOT statuses ON status USING count(*) GROUP BY source) FROM p",
    "FROM statuses PIVOT (count(*) FOR status IN ('sent') GROUP BY source)",
    "UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b",
    "SUMMARIZE statuses",
    "SUMMARIZE SELECT status FROM statuses",
    "DESCRIBE delivery",
    "DESCRIBE SELECT * FROM delivery",
    "SELECT column_name FROM (DESCRIBE statuses)",
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "SHOW TABLES FROM bluetick",
    "SHOW DATABASES",
    "SHOW statuses",
    "EXPLAIN SELECT 1",
    "EXPLAIN (SELECT 1)",
    "EXPLAIN ANALYZE FROM delivery",
    "EXPLAIN (FORMAT json) FROM delivery",
    "EXPLAIN (ANALYZE, FORMAT json) (FROM delivery)",
    "/* why */ EXPLAIN /* is */ ANALYZE -- it\n FROM delivery",
    "PRAGMA table_info('statuses')",
    "PRAGMA show_tables",
    "PRAGMA version",
    "PRAGMA database_size",
    "FROM duckdb_tables()",
    "FROM duckdb_columns() WHERE table_name = 'statuses'",
    "SELECT sql FROM duckdb_views",
    "FROM information_schema.columns",
    "FROM pg_catalog.pg_class",
    "FROM ducklake_snapshots('bluetick')",
    "FROM bluetick.snapshots()",
    "FROM ducklake_table_info('bluetick')",
    "SELECT current_setting('TimeZone'), version(), current_database(), current_schema()",
    "SET TimeZone = 'Asia/Tokyo'",
    "SET timezone TO 'America/Sao_Paulo'",
    "SET TIME ZONE 'UTC'",
    "RESET TimeZone; SET \"TimeZone\" = 'UTC'",
    "SET threads = 1; RESET threads",
    "SET default_null_order = 'nulls_first'; RESET default_null_order",
    "FROM outcomes('2026-11-01')",
    "SELECT * FROM delivery(since := now() - INTERVAL 7 DAYS) JOIN failures() USING (category)",
    "SET VARIABLE since = TIMESTAMPTZ '2026-11-01 00:00:00Z' - INTERVAL 31 DAYS; "
    "FROM billing(getvariable('since'), now()); RESET VARIABLE since",
    "SET VARIABLE Newest = (SELECT max(occurred_at) FROM statuses) -- the last\n; "
    "SELECT getvariable('newest'); RESET VARIABLE newest",
    "USE bluetick",
    "USE bluetick.main",
]
