-- +goose Up
-- Why: what is booked is final and balances, whoever writes. The tables belong to
-- an owner that the service is not; rights.sql says what it may do. The triggers
-- refuse the same to everybody, also to the owner, who runs migrations, and to a
-- service that owns its tables because nobody set up another role. A superuser
-- is stopped by nothing here: that is what the Merkle log and the checkpoints
-- that others keep are for.

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

-- What is counted only grows. The conditions are looked at by the executor, so
-- that an update that is allowed calls no function.
CREATE TRIGGER head_grows BEFORE UPDATE ON head FOR EACH ROW
    WHEN (NEW.size < OLD.size OR NEW.size = OLD.size AND NEW.root <> OLD.root OR NEW.accounts < OLD.accounts
        OR OLD.open_from IS NOT NULL AND (NEW.open_from >= OLD.open_from) IS NOT TRUE)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tiles_grow BEFORE UPDATE ON tiles FOR EACH ROW
    WHEN (length(OLD.hashes) = 8192 OR length(NEW.hashes) < length(OLD.hashes)
        OR substring(NEW.hashes FOR length(OLD.hashes)) <> OLD.hashes)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER balances_grow BEFORE UPDATE ON balances FOR EACH ROW
    WHEN (NEW.debits < OLD.debits OR NEW.credits < OLD.credits)
    EXECUTE FUNCTION refuse_change();
CREATE TRIGGER day_totals_grow BEFORE UPDATE ON day_totals FOR EACH ROW
    WHEN (NEW.debits < OLD.debits OR NEW.credits < OLD.credits)
    EXECUTE FUNCTION refuse_change();

-- Which row it is never changes.
CREATE TRIGGER head_named BEFORE UPDATE OF ledger_id, name ON head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tiles_named BEFORE UPDATE OF ledger_id, level, tile ON tiles
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER balances_named BEFORE UPDATE OF ledger_id, account, limited ON balances
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER day_totals_named BEFORE UPDATE OF ledger_id, account, booking_date, kind ON day_totals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Once per INSERT statement, over all its rows: each transaction is there, comes
-- whole (numbers from 1 without a gap, so that none can be added to later) and sums
-- to zero in each currency, which is that of the account. A batch brings all that
-- stands between its first transaction and its last: one range of the key shows
-- that they are there, and only where it does not each is looked for. Accounts are
-- looked up once each, by primary key: as a subquery, since a join might be planned
-- while the tables are small.
-- +goose StatementBegin
CREATE FUNCTION check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole     boolean;
    sequences bigint[];
    ledger    smallint;
    other     smallint;
BEGIN
    SELECT bool_and(t.whole), array_agg(t.sequence ORDER BY t.sequence), MIN(t.ledger_id), MAX(t.ledger_id)
    INTO whole, sequences, ledger, other
    FROM (
        SELECT c.ledger_id, c.sequence, NOT bool_or(uneven) AND MIN(first) = 1 AND MAX(last) = SUM(lines) AS whole
        FROM (
            SELECT e.ledger_id, e.sequence, MIN(number) AS first, MAX(number) AS last, COUNT(*) AS lines,
                SUM(CASE side WHEN 1 THEN amount ELSE -amount END) <> 0 AS uneven
            FROM added e GROUP BY e.ledger_id, e.sequence, currency
        ) c
        GROUP BY c.ledger_id, c.sequence
    ) t;
    IF whole AND (ledger <> other OR sequences IS DISTINCT FROM (
        SELECT array_agg(t.sequence ORDER BY t.sequence) FROM transactions t
        WHERE t.ledger_id = ledger AND t.sequence BETWEEN sequences[1] AND sequences[cardinality(sequences)]
    )) THEN
        whole := NOT EXISTS (
            SELECT FROM added e
            WHERE (SELECT true FROM transactions t
                WHERE t.ledger_id = e.ledger_id AND t.sequence = e.sequence) IS NULL
        );
    END IF;
    IF NOT whole THEN
        RAISE EXCEPTION 'entries of a transaction do not balance or are not whole'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_balance';
    END IF;
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT ledger_id, account, currency FROM added) e
        WHERE (SELECT a.currency FROM accounts a
            WHERE a.ledger_id = e.ledger_id AND a.account = e.account) IS DISTINCT FROM e.currency
    ) THEN
        RAISE EXCEPTION 'entries are in another currency than their accounts'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_currency';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

COMMENT ON FUNCTION check_entries() IS 'Refuses an INSERT of entries that do not balance per transaction and currency, are not whole, or are not in the currency of their account.';

CREATE TRIGGER entries_checked AFTER INSERT ON entries
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION check_entries();
