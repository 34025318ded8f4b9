package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// matching holds one statement's lines against attempts, in order, within the
// transaction that takes the statement in.
type matching struct {
	store       *Store
	tx          pgx.Tx
	statementID string
	statement   statement.Statement
	lines       int
	// other is how many payments went to another account than was meant.
	other int
}

func (m *matching) all(ctx context.Context) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	for _, l := range m.store.shuffled(m.statement.Lines) {
		attempts, changed, err := m.attempts(ctx, l)
		if err != nil {
			return err
		}
		if changed != nil && !m.statement.Notification { // it waits, and the rest of the statement goes on
			if err := m.setAside(ctx, l); err != nil {
				return err
			}
			continue
		}
		for _, part := range split(l, attempts) {
			if err := m.one(ctx, part.line, part.attempt); err != nil {
				return err
			}
		}
	}
	return nil
}

// shuffled brings lines into an order that only the service's secret knows. What is
// written in the order of the bank's record says, row by row, which payment is which of
// its lines. Lines about one attempt stay in their order, and one about a whole file
// comes before those about its attempts.
func (s *Store) shuffled(lines []statement.Line) []statement.Line {
	place := func(l statement.Line) []byte {
		if l.EndToEndID == "" {
			return append([]byte{0}, s.digested(l.BatchID)...)
		}
		return append([]byte{1}, s.digested(l.EndToEndID)...)
	}
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b statement.Line) int { return bytes.Compare(place(a), place(b)) })
	return lines
}

// lock takes the rows of all payments that the statement names, in one order, so
// that two statements taken in at once do not block each other.
func (m *matching) lock(ctx context.Context) error {
	var ids, batches []string
	for _, l := range m.statement.Lines {
		ids, batches = append(ids, l.EndToEndID), append(batches, l.BatchID)
	}
	_, err := m.tx.Exec(ctx, `
		SELECT 1 FROM payments WHERE id IN (
			SELECT a.payment_id FROM attempts a JOIN payment_files f ON f.id = a.file_id
			WHERE a.bank_digest = ANY($1) OR f.message_digest = ANY($2))
		ORDER BY id FOR UPDATE`, m.store.allDigested(ids), m.store.allDigested(batches))
	if err != nil {
		return fmt.Errorf("lock payments of statement: %w", err)
	}
	return nil
}

// attempts finds the attempts of the sender that a line names: one by its
// end-to-end id, or all that are in a file. changed is the fault of one that another hand
// has changed.
func (m *matching) attempts(ctx context.Context, l statement.Line) (own []attemptRow, changed, err error) {
	switch {
	case l.EndToEndID != "":
		return m.store.knownAttempts(ctx, m.tx, `
			JOIN payment_plans p ON p.id = y.plan_id
			WHERE a.bank_digest = $1 AND p.sender = $2`, m.store.digested(l.EndToEndID), m.statement.Sender)
	case l.BatchID != "":
		all, changed, err := m.store.knownAttempts(ctx, m.tx, `
			JOIN payment_plans p ON p.id = y.plan_id JOIN payment_files f ON f.id = a.file_id
			WHERE f.message_digest = $1 AND p.sender = $2 ORDER BY a.payment_id`, m.store.digested(l.BatchID), m.statement.Sender)
		return slices.DeleteFunc(all, func(a attemptRow) bool {
			return a.State == payment.AttemptFailed || m.store.messageID(a.FileID) != l.BatchID
		}), changed, err
	}
	return nil, nil, nil
}

// setAside keeps a line about an attempt that another hand has changed.
func (m *matching) setAside(ctx context.Context, l statement.Line) error {
	m.lines++
	if err := m.keep(ctx, l, nil, payment.Unmatched); err != nil {
		return err
	}
	return m.suspend(ctx, l, payment.RowChanged)
}

// part is a line, or a transfer of a line that was booked as one sum.
type part struct {
	line    statement.Line
	attempt *attemptRow
}

// split gives each transfer of a sum its own part, where count and sum are those
// of the file; otherwise the line stays whole and explains nothing.
func split(l statement.Line, attempts []attemptRow) []part {
	if l.EndToEndID != "" && len(attempts) == 1 {
		return []part{{l, &attempts[0]}}
	}
	var sum int64
	for _, a := range attempts {
		sum += a.Minor
	}
	if len(attempts) == 0 || l.Credit && !l.IsReturn || sum != l.Minor || l.BatchCount >= 0 && l.BatchCount != len(attempts) {
		return []part{{l, nil}}
	}
	parts := make([]part, len(attempts))
	for i := range attempts {
		parts[i] = part{l, &attempts[i]}
		parts[i].line.Minor = attempts[i].Minor
	}
	return parts
}

func (m *matching) one(ctx context.Context, l statement.Line, a *attemptRow) error {
	known, err := m.known(ctx, a)
	if err != nil {
		return err
	}
	effect, mismatch := payment.Explain(payment.Line{
		Credit: l.Credit, IsReturn: l.IsReturn, IsReversal: l.IsReversal, Minor: l.Minor, Currency: m.statement.Currency,
	}, known)
	if !l.Credit && l.Account != "" && a != nil {
		if err := m.compare(ctx, l.Account, a.Attempt); err != nil {
			return err
		}
	}
	if m.statement.Notification && (effect == payment.Unmatched || effect == payment.Repeats) {
		return nil // the statement will have it
	}
	m.lines++
	if err := m.keep(ctx, l, a, effect); err != nil {
		return err
	}
	switch effect {
	case payment.Settles:
		return m.settle(ctx, l, *a)
	case payment.Returns:
		return m.giveBack(ctx, l, *a)
	case payment.Repeats:
		to := a.Attempt
		to.Debited, to.Credited = to.Debited || !l.Credit, to.Credited || l.Credit
		return m.store.changeAttempt(ctx, m.tx, "note debit", *a, to)
	default:
		return m.suspend(ctx, l, mismatch)
	}
}

// known is what is known of an attempt, nil for none.
func (m *matching) known(ctx context.Context, a *attemptRow) (*payment.Known, error) {
	if a == nil {
		return nil, nil
	}
	k := &payment.Known{State: a.State, Minor: a.Minor, Currency: a.Currency, Debited: a.Debited, Credited: a.Credited, Confirmed: a.Confirmed}
	err := m.tx.QueryRow(ctx, `
		SELECT COALESCE((SELECT minor_units FROM attempt_postings WHERE payment_id = $1 AND number = $2 AND transition = 'RETURN'), 0),
			COALESCE(SUM(CASE WHEN l.credit THEN -1 ELSE 1 END), 0)
		FROM statement_lines l JOIN unmatched_lines u ON u.statement_id = l.statement_id AND u.number = l.number
		WHERE l.payment_id = $1 AND l.attempt = $2 AND u.reason = 'OUT_OF_ORDER'`, a.PaymentID, a.Number).Scan(&k.Back, &k.Doubled)
	if err != nil {
		return nil, fmt.Errorf("read what is known of an attempt: %w", err)
	}
	return k, nil
}

func (m *matching) keep(ctx context.Context, l statement.Line, a *attemptRow, effect payment.Effect) error {
	var paymentID, number any
	if a != nil {
		paymentID, number = a.PaymentID, a.Number
	}
	_, err := m.tx.Exec(ctx, `
		INSERT INTO statement_lines (statement_id, number, credit, minor_units, booked_on, bank_code, return_reason,
			payment_id, attempt, effect)
		VALUES ($1, $2, $3, $4, $5::text::date, $6, $7, $8, $9, $10)`,
		m.statementID, m.lines, l.Credit, l.Minor, l.BookedOn, l.Code, l.ReturnReason,
		paymentID, number, effect)
	if err != nil {
		return fmt.Errorf("insert line: %w", err)
	}
	return nil
}

// settle notes that the bank has paid.
func (m *matching) settle(ctx context.Context, l statement.Line, a attemptRow) error {
	to := a.Attempt
	to.State, to.Debited = payment.AttemptSettled, !m.statement.Notification
	return m.store.settle(ctx, m.tx, a, to, l.BookedOn)
}

// giveBack notes that the money came back, which implies that it had left.
func (m *matching) giveBack(ctx context.Context, l statement.Line, a attemptRow) error {
	to := a.Attempt
	to.State, to.Failure, to.Credited = payment.AttemptReturned, l.ReturnReason, !m.statement.Notification
	if err := m.store.changeAttempt(ctx, m.tx, "return attempt", a, to); err != nil {
		return err
	}
	if err := exec(ctx, m.tx, "return payment", `
		UPDATE payments SET state = 'RETURNED', failure = $2, `+submitted+` WHERE id = $1`, a.PaymentID, l.ReturnReason); err != nil {
		return err
	}
	if err := m.store.freeAwards(ctx, m.tx, `$1`, a.PaymentID); err != nil {
		return err
	}
	if err := m.store.owePosting(ctx, m.tx, to, Settle, a.Minor, l.BookedOn); err != nil {
		return err
	}
	if err := m.store.owePosting(ctx, m.tx, to, Return, l.Minor, l.BookedOn); err != nil {
		return err
	}
	return m.store.afterAttempt(ctx, m.tx, to)
}

// suspend keeps a line that nothing explains; its posting is owed.
func (m *matching) suspend(ctx context.Context, l statement.Line, why payment.Mismatch) error {
	id := resource.NewID(resource.KindUnmatchedLine)
	if _, err := m.tx.Exec(ctx, `
		INSERT INTO unmatched_lines (id, statement_id, number, reason, gift_ref, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, m.statementID, m.lines, why, l.GiftRef, m.store.now()); err != nil {
		return fmt.Errorf("insert unmatched line: %w", err)
	}
	return m.store.queue.Enqueue(ctx, m.tx, DutySuspense, id)
}
