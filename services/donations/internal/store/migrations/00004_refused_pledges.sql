-- A call that made a pledge answers its repeats like the first time. So a pledge
-- remembers that Stripe refused its payment.
-- +goose Up
ALTER TABLE pledges ADD COLUMN refused_at timestamptz,
    ADD CONSTRAINT pledges_refused_ended CHECK (refused_at IS NULL OR state <> 'PENDING');
COMMENT ON COLUMN pledges.refused_at IS 'When Stripe refused for good to take the payment; NULL otherwise.';
COMMENT ON COLUMN pledges.checkout_claimed_at IS 'When a caller last began to make the page; a claim ends after 10 seconds.';
