-- What is measured. Each metric is an aggregate over the rows of one view, with what people read
-- about it. `of` is the denominator: the metric that this one is a part of. A share (0 to 1) is
-- written as PART / OF, after both of them. Views, pages and documents take all of these from here.

-- metric: messages
-- title: Messages
-- unit: messages
-- from: outcome_counts
-- help: Outgoing messages: one for each message and recipient. Reactions do not count.
coalesce(sum(messages), 0)::BIGINT

-- metric: sent
-- title: Still open
-- unit: messages
-- from: outcome_counts
-- of: messages
-- help: Neither delivered nor failed, and young enough that a further status can come.
coalesce(sum(messages) FILTER (outcome = 'sent'), 0)::BIGINT

-- metric: delivered
-- title: Delivered
-- unit: messages
-- from: outcome_counts
-- of: messages
-- help: Messages that were delivered, read or played.
coalesce(sum(messages) FILTER (outcome IN ('delivered', 'read')), 0)::BIGINT

-- metric: read
-- title: Read
-- unit: messages
-- from: outcome_counts
-- of: messages
-- help: Messages that were read or played. Recipients can hide this.
coalesce(sum(messages) FILTER (outcome = 'read'), 0)::BIGINT

-- metric: failed
-- title: Failed
-- unit: messages
-- from: outcome_counts
-- of: messages
-- help: Messages that failed and were not delivered later. Failures that a provider reports only
--     in its answer to the sender reach no webhook and are not counted.
coalesce(sum(messages) FILTER (outcome = 'failed'), 0)::BIGINT

-- metric: no_outcome
-- title: No outcome
-- unit: messages
-- from: outcome_counts
-- of: messages
-- help: Neither delivered nor failed, and so old that no further status is expected.
coalesce(sum(messages) FILTER (outcome = 'no_outcome'), 0)::BIGINT

-- metric: delivery_rate
-- title: Delivery rate
-- unit: share
-- from: outcome_counts
-- of: messages
-- help: Share of messages that were delivered, read or played. Open messages can still be.
delivered / messages

-- metric: read_rate
-- title: Read rate
-- unit: share
-- from: outcome_counts
-- of: messages
-- help: Share of messages that were read or played. Recipients can hide this.
read / messages

-- metric: failure_rate
-- title: Failure rate
-- unit: share
-- from: outcome_counts
-- of: messages
-- help: Share of messages that failed and were not delivered later.
failed / messages

-- metric: conversations
-- title: Conversations
-- unit: conversations
-- from: conversations
-- help: Distinct conversations, each on the day of its first message. Messages without a
--     conversation do not count.
coalesce(sum(conversations), 0)::BIGINT

-- metric: units
-- title: Units
-- unit: messages
-- from: billing
-- help: Delivered messages, in groups one for each recipient. With conversation-based pricing
--     (model CBP) too these are messages, though the provider charged conversations.
coalesce(sum(units), 0)::BIGINT

-- metric: billable_units
-- title: Billable
-- unit: messages
-- from: billing
-- of: units
-- help: The provider marks the message as regular or, without a type, as billable.
coalesce(sum(units) FILTER (verdict = 'billable'), 0)::BIGINT

-- metric: free_units
-- title: Free
-- unit: messages
-- from: billing
-- of: units
-- help: The provider marks the message as free: a service window, an entry point, or its free
--     tier.
coalesce(sum(units) FILTER (verdict = 'free'), 0)::BIGINT

-- metric: unknown_units
-- title: Unknown
-- unit: messages
-- from: billing
-- of: units
-- help: The provider sent no field that decides the price. The message counts as neither free nor
--     billable.
coalesce(sum(units) FILTER (verdict = 'unknown'), 0)::BIGINT

-- metric: dead_letters
-- title: Dead letters
-- unit: records
-- from: dead_letter_counts
-- help: Parts of webhooks that Bluetick could not read. The table `dead_letters` keeps them with a
--     reason.
coalesce(sum(dead_letters), 0)::BIGINT
