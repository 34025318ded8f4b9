-- A call that made a pledge answers its repeats like the first time. So a pledge
-- remembers that no payment is taken for it any more.
-- +goose Up
ALTER TABLE pledges ADD COLUMN refused_at timestamptz,
    ADD CONSTRAINT pledges_refused_ended CHECK (refused_at IS NULL OR state <> 'PENDING');
COMMENT ON COLUMN pledges.refused_at IS 'Since when it is final that no payment is taken: Stripe refused, or no page was made in time; NULL otherwise.';
COMMENT ON COLUMN pledges.checkout_claimed_at IS 'When a caller last began to make the page; a claim ends after 10 seconds.';
