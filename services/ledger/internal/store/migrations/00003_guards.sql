-- +goose Up
-- Why: what is booked is final and balances, whoever writes. Where nobody set up
-- another owner the service's role owns these tables: it gives up its own rights
-- below, but as the owner it could take them back, so triggers refuse the same
-- once more. Where an operator gives the tables to a NOLOGIN owner, the service
-- can do neither. A superuser is stopped by nothing here: that is what the Merkle
-- log and the checkpoints that others keep are for.

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are final', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd

COMMENT ON FUNCTION refuse_change() IS 'Refuses UPDATE, DELETE and TRUNCATE of what is final.';

CREATE TRIGGER leaves_final BEFORE UPDATE OR DELETE OR TRUNCATE ON leaves
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER accounts_final BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transactions_final BEFORE UPDATE OR DELETE OR TRUNCATE ON transactions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_final BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decisions_final BEFORE UPDATE OR DELETE OR TRUNCATE ON decisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoints_final BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER balances_kept BEFORE DELETE OR TRUNCATE ON balances
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER day_totals_kept BEFORE DELETE OR TRUNCATE ON day_totals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tiles_kept BEFORE DELETE OR TRUNCATE ON tiles
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER head_kept BEFORE DELETE OR TRUNCATE ON head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Once per INSERT statement, over all its rows: each transaction comes whole
-- (numbers from 1 without a gap, so that none can be added to later) and sums to
-- zero in each currency.
-- +goose StatementBegin
CREATE FUNCTION check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT ledger_id, sequence, MIN(number) AS first, MAX(number) AS last, COUNT(*) AS lines,
                SUM(CASE side WHEN 1 THEN amount ELSE -amount END) <> 0 AS uneven
            FROM added GROUP BY ledger_id, sequence, currency
        ) c
        GROUP BY ledger_id, sequence
        HAVING bool_or(uneven) OR MIN(first) <> 1 OR MAX(last) <> SUM(lines)
    ) THEN
        RAISE EXCEPTION 'entries of a transaction do not balance or are not whole'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_balance';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

COMMENT ON FUNCTION check_entries() IS 'Refuses an INSERT of entries that do not balance per transaction and currency, or are not whole.';

CREATE TRIGGER entries_checked AFTER INSERT ON entries
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION check_entries();

-- By grant: everything is append-only but balances, totals, the head and tiles.
REVOKE ALL ON leaves, accounts, transactions, entries, decisions, checkpoints, balances, day_totals, tiles, head FROM PUBLIC;
REVOKE UPDATE, DELETE, TRUNCATE ON leaves, accounts, transactions, entries, decisions, checkpoints FROM CURRENT_USER;
REVOKE DELETE, TRUNCATE ON balances, day_totals, tiles, head FROM CURRENT_USER;
