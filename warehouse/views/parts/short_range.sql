coalesce(
    isfinite(since::TIMESTAMPTZ) AND isfinite(until::TIMESTAMPTZ)
    AND until::TIMESTAMPTZ < since::TIMESTAMPTZ + INTERVAL 2400 HOURS,
    false
)
