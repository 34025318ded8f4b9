package store

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
)

// tooLarge turns the database's refusal of a sum that 64 bits do not hold into the
// fault for it, and leaves other errors as they are.
func tooLarge(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == "22003" { // numeric value out of range
		return book.SumTooLarge().With(err)
	}
	return err
}

// failure is what the callers of a batch that failed are told. They repeat after
// Unavailable only, so that is what a lock which others have held for too long
// becomes: nothing was booked, and there is nothing for them to look at.
func failure(err error) error {
	if f := fault.As(err); f != nil && f.Reason == postgres.Busy {
		return busy(err)
	}
	return tooLarge(err)
}

// busy is the fault for a caller whose posting was not tried, or to no effect.
func busy(cause error) error {
	f := fault.New(fault.Unavailable, postgres.Busy, "The ledger is busy; nothing was booked, try again.").With(cause)
	f.RetryAfter = time.Second
	return f
}
