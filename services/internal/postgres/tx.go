package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// maxAttempts bounds how often a transaction runs that loses races.
const maxAttempts = 5

// maxTaken bounds the same where a row was found taken: the second run sees it.
const maxTaken = 3

// OutcomeUnknown is the reason of the fault for a COMMIT whose answer was lost:
// what fn did may or may not last. A repeat with the same key finds out.
const OutcomeUnknown = fault.ReasonOutcomeUnknown

// Busy is the reason of the fault for a transaction that waited too long for
// another's lock, or lost every race; nothing has changed.
const Busy = fault.ReasonBusy

// InTx runs fn in a READ COMMITTED transaction and commits it. Nothing else of the
// program begins a transaction but InTrips, and Snapshot to read. fn MAY RUN AGAIN,
// from a fresh transaction, when the server ended it to resolve a deadlock or a
// conflict, and when a row that it inserts is there by then: it must not have effects
// outside tx. An error of fn rolls back and is returned as it is. A COMMIT whose
// outcome nobody knows is a fault of kind Unavailable, reason OUTCOME_UNKNOWN.
//
// A few transactions ask another service or the key store while a row has to stay
// locked; docs/operations.md lists them. What they ask for is idempotent, and the
// question has less time than a session may idle in a transaction.
func (db *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	return again(ctx, func() error { return db.once(ctx, fn) })
}

// Snapshot runs fn in a REPEATABLE READ transaction that only reads, on the pool for
// long reads: all that fn reads is of one moment. fn runs once.
func (db *DB) Snapshot(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	tx, err := db.Bulk.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return unreachable(ctx, err)
	}
	defer rollback(ctx, tx)
	return fn(ctx, tx)
}

// again runs a transaction until it has not lost a race.
func again(ctx context.Context, once func() error) error {
	for attempt := 1; ; attempt++ {
		err := once()
		switch {
		case err == nil || isUnknown(err):
			return err
		case lostRace(err) && attempt == maxAttempts:
			return busy(err)
		case lostRace(err), foundTaken(err) && attempt < maxTaken:
			if err := pause(ctx, attempt); err != nil {
				return err
			}
		case code(err) == "55P03": // lock not available in time
			return busy(err)
		default:
			return err
		}
	}
}

// lostRace: serialization failure, deadlock detected.
func lostRace(err error) bool { return code(err) == "40001" || code(err) == "40P01" }

// foundTaken: a unique or exclusion constraint was violated, and fn has no answer of
// its own to that. Another transaction has committed the row since fn looked for it;
// the next run finds it. What is violated each time is no race.
func foundTaken(err error) bool {
	return fault.As(err) == nil && (code(err) == "23505" || code(err) == "23P01")
}

// once holds the connection itself, beyond the commit: the pool's own transactions
// give it back before anybody could look at what the server warned of.
func (db *DB) once(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	conn, err := db.Pool.Acquire(ctx)
	if err != nil {
		return unreachable(ctx, err)
	}
	defer conn.Release()
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return unreachable(ctx, err)
	}
	defer rollback(ctx, tx)
	if err := fn(ctx, tx); err != nil {
		return uncommitted(ctx, tx, err)
	}
	return commit(ctx, tx, tx.Commit)
}

// uncommitted is the error of a transaction that was never committed: the server
// rolls back.
func uncommitted(ctx context.Context, tx pgx.Tx, err error) error {
	if ctx.Err() == nil && fault.As(err) == nil && (tx.Conn().IsClosed() || Unreachable(err)) {
		return unavailable(err)
	}
	return err
}

// rollback does nothing after a commit. It ignores cancellation, so that the
// connection goes back to the pool instead of being thrown away.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = tx.Rollback(ctx) // a broken connection is rolled back by the server
}

// commit judges how a commit, sent by send, has ended.
func commit(ctx context.Context, tx pgx.Tx, send func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("transaction given up before its commit: %w", err)
	}
	conn := tx.Conn().PgConn()
	delete(conn.CustomData(), warned)
	err := send(ctx)
	switch {
	case err == nil && conn.CustomData()[warned] == nil:
		return nil
	case err == nil:
		// The only warning that a COMMIT brings is "canceling wait for synchronous
		// replication": the row is visible here, but no standby has it.
		return unknown(errors.New("commit confirmed with a warning"))
	case refused(err):
		return fmt.Errorf("commit: %w", err)
	case pgconn.SafeToRetry(err): // it was not even sent: the connection was dead
		return unavailable(fmt.Errorf("commit: %w", err))
	default:
		return unknown(err)
	}
}

// refused reports whether a COMMIT's error proves that nothing was committed: an
// ERROR from the server does, a FATAL or a lost connection does not.
func refused(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		severity := e.SeverityUnlocalized
		if severity == "" {
			severity = e.Severity
		}
		return severity == "ERROR"
	}
	return errors.Is(err, pgx.ErrTxCommitRollback)
}

func unknown(cause error) error {
	return fault.New(fault.Unavailable, OutcomeUnknown,
		"The outcome is not known; repeat the request with the same key to find out.").With(cause)
}

func isUnknown(err error) bool { return fault.Is(err, OutcomeUnknown) }

func busy(cause error) error {
	f := fault.New(fault.Aborted, Busy, "Another request is changing the same object; try again.").With(cause)
	f.RetryAfter = time.Second
	return f
}

// unreachable is what a transaction that could not begin is told: nothing has been
// sent, unless the caller has given up itself.
func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	return unavailable(fmt.Errorf("begin transaction: %w", err))
}

func unavailable(cause error) error {
	return fault.New(fault.Unavailable, fault.ReasonDatabaseUnavailable,
		"The database cannot be reached; nothing was changed, try again.").With(cause)
}

// pause waits 5 to 10 ms, doubled with each attempt.
func pause(ctx context.Context, attempt int) error {
	wait := time.Duration(5+rand.IntN(5)) * time.Millisecond << (attempt - 1)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}

// ReplayWrite makes the transaction write to the log even though it changes no
// row. So its commit waits until everything that it has read is as durable as this
// database promises, standbys included. Every path that answers from a
// row which an earlier, perhaps unconfirmed commit has written calls it, and so
// does every claim before an outside effect.
func ReplayWrite(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT pg_logical_emit_message(true, 'replay', '')`); err != nil {
		return fmt.Errorf("write replay mark: %w", err)
	}
	return nil
}
