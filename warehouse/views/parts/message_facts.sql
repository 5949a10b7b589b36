-- Some providers name the business number in one status of a message and not in another. A
-- message that exactly one number claims belongs to it. Where every status names its number, or
-- none does, this finds no message and so reads nothing more. Both queries have the conditions of
-- `outgoing`, because a landing knows no other statuses of the message, and because DuckDB begins
-- with the statuses that name a number if it expects fewer of them.
claimed AS NOT MATERIALIZED (
    SELECT message_id, any_value(display_phone_number) AS claimed_by
    FROM {statuses}
    WHERE display_phone_number IS NOT NULL AND kind = 'message'
        AND channel IN ('messages', 'standby') AND status <> 'deleted'
        AND message_id IN (
            SELECT message_id FROM {statuses}
            WHERE display_phone_number IS NULL AND kind = 'message'
                AND channel IN ('messages', 'standby') AND status <> 'deleted'
        )
    GROUP BY message_id
    HAVING count(DISTINCT display_phone_number) = 1
),
outgoing AS NOT MATERIALIZED (
    SELECT
        statuses.* REPLACE (
            coalesce(statuses.display_phone_number, claimed.claimed_by) AS display_phone_number
        )
    FROM {statuses} AS statuses
    LEFT JOIN claimed
        -- One comparison of equals: with a second condition, DuckDB compares all with all.
        ON claimed.message_id = CASE
            WHEN statuses.display_phone_number IS NULL THEN statuses.message_id
        END
    WHERE kind = 'message' AND channel IN ('messages', 'standby')
        AND status <> 'deleted'  -- concerns a message of the customer
        -- A provider's own queue may speak of a message before WhatsApp does: in these words, or
        -- without the number. A message that never leaves the queue was not sent.
        -- list_contains() takes half the time of IN for so many words.
        AND (
            list_contains(['sent', 'delivered', 'read', 'played', 'failed'], status)
            OR (
                statuses.display_phone_number IS NOT NULL
                AND NOT list_contains(
                    [
                        'accepted', 'canceled', 'enqueued', 'queued', 'scheduled', 'sending',
                        'submitted'
                    ],
                    status
                )
            )
        )
        AND NOT coalesce(starts_with(callback_data, 'bluetick:reaction'), false)
),
live AS NOT MATERIALIZED (
    SELECT
        *,
        coalesce(category, pricing_type, pricing_model) IS NOT NULL
            OR billable IS NOT NULL AS priced,
        status = 'failed' AND (error_code IS NOT NULL OR error_title IS NOT NULL) AS explained,
        -- Of several statements the one about an arrival counts most, then the latest received.
        -- The low bits settle ties, so that every query finds the same winner.
        ((status IN ('delivered', 'read', 'played'))::BIGINT << 62)
            + (epoch_ms(received_at) << 20) + (content_hash & 1048575) AS weight
    FROM outgoing
    -- From an hour before the span: a delivery may be stamped before its `sent`, and a `sent` may
    -- be reported twice with different times.
    WHERE occurred_at >= coalesce(since::TIMESTAMPTZ - INTERVAL 1 HOUR, '-infinity')
        AND occurred_at < coalesce(until::TIMESTAMPTZ + INTERVAL 31 DAYS, 'infinity')
),
singles AS NOT MATERIALIZED (
    SELECT *, NULL AS participant FROM live WHERE recipient_type IS DISTINCT FROM 'group'
),
-- A landing without statuses of groups says so in place of the last condition: then there is less to
-- plan and to read.
members AS NOT MATERIALIZED (
    SELECT
        * REPLACE (coalesce(participant_user_id, participant_id) AS participant_user_id),
        -- A pseudonym of a phone number begins with the country's code and a dot.
        CASE WHEN participant_id SIMILAR TO '[+]?[0-9]+([.][0-9a-z.]+)?'
            THEN ltrim(participant_id, '+') END
            AS phone
    FROM live
    WHERE recipient_type = 'group' AND participant_id IS NOT NULL AND {groups}
),
-- A participant is identified by the phone number. If a status has only the user id, another
-- status of the message with both ids gives the number.
participants AS NOT MATERIALIZED (
    SELECT
        members.* EXCLUDE (phone),
        coalesce(members.phone, known.phone, members.participant_id) AS participant
    FROM members
    LEFT JOIN (
        SELECT display_phone_number, message_id, participant_user_id, max(phone) AS phone
        FROM members
        GROUP BY ALL
    ) AS known
        ON known.message_id = members.message_id
        AND known.participant_user_id = members.participant_user_id
        AND known.display_phone_number IS NOT DISTINCT FROM members.display_phone_number
),
-- A status of the whole group counts for each participant known, and for itself before that.
whole_groups AS NOT MATERIALIZED (
    SELECT live.*, members.participant
    FROM live
    LEFT JOIN (
        SELECT display_phone_number, message_id, participant FROM participants GROUP BY ALL
    ) AS members
        ON members.message_id = live.message_id
        AND members.display_phone_number IS NOT DISTINCT FROM live.display_phone_number
    WHERE recipient_type = 'group' AND participant_id IS NULL AND {groups}
),
reported AS NOT MATERIALIZED (
    FROM singles
    UNION ALL BY NAME FROM participants
    UNION ALL BY NAME FROM whole_groups
),
-- With `since`: what began before it. Its later statuses are not counted as its beginning.
-- Participants go by each of their names, also by the one that only a later status gives.
older AS NOT MATERIALIZED (
    SELECT
        message_id,
        display_phone_number,
        bool_or(names IS NULL) AS whole,
        flatten(list(names) FILTER (names IS NOT NULL)) AS participants
    FROM (
        SELECT
            early.message_id,
            early.display_phone_number,
            CASE WHEN recipient_type = 'group' AND participant_id IS NOT NULL
                THEN [ltrim(participant_id, '+'), user_id, known.participant]
            END AS names
        FROM (
            SELECT *, coalesce(participant_user_id, participant_id) AS user_id FROM outgoing
        ) AS early
        LEFT JOIN (
            SELECT display_phone_number, message_id, participant_user_id, participant
            FROM participants
            GROUP BY ALL
        ) AS known
            ON known.message_id = early.message_id
            AND known.participant_user_id = early.user_id
            AND known.display_phone_number IS NOT DISTINCT FROM early.display_phone_number
        WHERE occurred_at < since::TIMESTAMPTZ
            AND occurred_at >= since::TIMESTAMPTZ - INTERVAL 31 DAYS
            -- Only those that may be looked for: far fewer than all of a month.
            AND early.message_id IN (
                SELECT message_id
                FROM (
                    SELECT message_id, min(occurred_at) AS earliest
                    FROM live
                    WHERE since::TIMESTAMPTZ > '-infinity'
                    GROUP BY message_id, display_phone_number, participant_id, participant_user_id
                    HAVING count(*) FILTER (status = 'sent') = 0
                )
                WHERE earliest >= since::TIMESTAMPTZ
            )
    )
    GROUP BY message_id, display_phone_number
),
sent AS NOT MATERIALIZED (
    SELECT
        min(source) AS source,
        min(dialect) AS dialect,
        min(waba_id) AS waba_id,
        min(phone_number_id) AS phone_number_id,
        display_phone_number,
        message_id,
        min(recipient_id) AS recipient_id,
        min(recipient_user_id) AS recipient_user_id,
        participant AS participant_id,
        min(occurred_at) FILTER (status = 'sent') AS sent_at,
        coalesce(sent_at, min(occurred_at)) AS first_at,
        min(occurred_at) FILTER (status IN ('delivered', 'read', 'played')) AS delivered_at,
        min(occurred_at) FILTER (status IN ('read', 'played')) AS read_at,
        min(occurred_at) FILTER (status = 'failed') AS failed_at,
        max(occurred_at) AS last_at,
        arg_max_null(error_code, weight) FILTER (explained) AS error_code,
        arg_max_null(error_title, weight) FILTER (explained) AS error_title,
        arg_max_null(category, weight) FILTER (priced) AS category,
        arg_max_null(pricing_model, weight) FILTER (priced) AS pricing_model,
        arg_max_null(pricing_type, weight) FILTER (priced) AS pricing_type,
        arg_max_null(pricing_subtype, weight) FILTER (priced) AS pricing_subtype,
        arg_max_null(billable, weight) FILTER (priced) AS billable,
        arg_max(origin, weight) AS origin,
        arg_max(conversation_id, weight) AS conversation_id,
        arg_max(callback_data, weight) AS callback_data,
        arg_max(template_id, weight) AS template_id,
        bool_or(coalesce(recipient_type = 'group', false)) AS to_group
    FROM reported
    GROUP BY display_phone_number, message_id, participant
),
messages_out AS NOT MATERIALIZED (
    SELECT
        sent.*,
        upper(ltrim(coalesce(
            participant_id, CASE WHEN NOT to_group THEN recipient_id END, recipient_user_id
        ), '+')) AS whom
    FROM sent
    LEFT JOIN older
        ON older.message_id = CASE WHEN sent_at IS NULL THEN sent.message_id END
        AND older.display_phone_number IS NOT DISTINCT FROM sent.display_phone_number
    ANTI JOIN (
        SELECT message_id FROM {account_events} WHERE event = 'reaction'
    ) AS reactions ON reactions.message_id = sent.message_id
    WHERE first_at >= coalesce(since::TIMESTAMPTZ, '-infinity')
        AND first_at < coalesce(until::TIMESTAMPTZ, 'infinity')
        -- A status of a whole group was counted for each participant. And a status of the
        -- whole group is not counted as its beginning if a participant began before.
        AND (
            older.message_id IS NULL
            OR NOT (
                older.whole
                OR participant_id IS NULL
                OR list_contains(older.participants, participant_id)
            )
        )
),
-- The markets of phone numbers by how they begin, and of user ids by the country they begin with,
-- as in US.1349…; each in its versions, the newest first.
places AS NOT MATERIALIZED (
    SELECT
        place,
        list(
            {'valid_from': coalesce(valid_from, '-infinity')::TIMESTAMPTZ, 'market': market}
            ORDER BY valid_from DESC NULLS LAST
        ) AS versions
    FROM (
        SELECT calling_code AS place, market, valid_from FROM {markets}
        UNION
        SELECT iso || '.' AS place, market, valid_from FROM {markets} WHERE iso IS NOT NULL
    )
    GROUP BY place
),
-- What is known of each message, without names and ages, which change later.
facts AS NOT MATERIALIZED (
    SELECT
        messages_out.*,
        CASE
            WHEN read_at IS NOT NULL THEN 'read'
            WHEN delivered_at IS NOT NULL THEN 'delivered'
            WHEN failed_at IS NOT NULL THEN 'failed'
        END AS result,
        -- A charge arises on delivery. What is charged is what the provider says, whatever the date.
        -- Eligible authorities and charities pay nothing for what is otherwise regular.
        CASE
            WHEN delivered_at IS NULL THEN NULL
            WHEN 'paid_exempt' IN (pricing_type, pricing_subtype) THEN 'free'
            WHEN pricing_type = 'regular' THEN 'billable'
            WHEN starts_with(pricing_type, 'free_') THEN 'free'
            WHEN pricing_type IS NOT NULL THEN 'unknown'
            WHEN billable THEN 'billable'
            WHEN NOT billable THEN 'free'
            ELSE 'unknown'
        END AS verdict,
        list_filter(
            coalesce(by4.versions, by3.versions, by2.versions, by1.versions),
            lambda version: version.valid_from <= first_at
        )[1].market AS market,
        -- Names beyond the limit, which `campaigns` does not have, count together as 0.
        CASE WHEN messages_out.campaign_name IS NOT NULL THEN coalesce(named.campaign_id, 0) END
            AS campaign_id
    FROM (
        SELECT *, campaign_name(template_id, callback_data) AS campaign_name FROM messages_out
    ) AS messages_out
    LEFT JOIN (
        SELECT name, of_template, any_value(campaign_id) AS campaign_id
        FROM {campaigns}
        GROUP BY name, of_template
    ) AS named
        ON named.name = messages_out.campaign_name
        AND named.of_template = (messages_out.template_id IS NOT NULL)
    LEFT JOIN places AS by4 ON by4.place = left(whom, 4)
    LEFT JOIN places AS by3 ON by3.place = left(whom, 3)
    LEFT JOIN places AS by2 ON by2.place = left(whom, 2)
    LEFT JOIN places AS by1 ON by1.place = left(whom, 1)
)
