-- +goose Up
-- Why: a sweep goes on where the last one ended, so that rows that always fail do
-- not keep it from the others; and of several replicas one sweeps at a time.
CREATE TABLE duty_sweeps (
    kind     text        PRIMARY KEY CHECK (kind <> ''),
    after_id text        NOT NULL,
    swept_at timestamptz NOT NULL
);

COMMENT ON TABLE duty_sweeps IS 'How far the sweeper of each duty has come.';
COMMENT ON COLUMN duty_sweeps.kind IS 'The duty, for example donation.post.';
COMMENT ON COLUMN duty_sweeps.after_id IS 'Id of the last row that was looked at; empty where the next sweep begins anew.';
COMMENT ON COLUMN duty_sweeps.swept_at IS 'When a replica last took the sweep upon itself, UTC; the others leave it alone for most of a minute.';

-- A trigger owes in the transaction of the row that it watches, and cannot call the
-- program: this is how it makes the job. River lays no more upon who inserts by SQL.
-- +goose StatementBegin
CREATE FUNCTION enqueue_duty(duty text, id text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO river_job (kind, args, max_attempts) VALUES ('duty', jsonb_build_object('duty', duty, 'id', id), 1000);
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION enqueue_duty IS 'Makes a job for a row that owes a duty, from a trigger.';
