-- +goose Up
-- Why: how many persons a plan needs is counted under the lock, by policies, plans and
-- what left without one in the last 30 days. These indexes keep that short however long
-- the log is.
CREATE INDEX decisions_kind ON decisions (ledger_id, kind, day, sequence)
    WHERE kind <= 9 OR kind IN (14, 18);
CREATE INDEX transactions_counted ON transactions (ledger_id, kind, booking_date, sequence)
    WHERE kind IN (15, 23, 25);
