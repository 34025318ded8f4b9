package household

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// Rows recognises rows that another hand has written.
type Rows interface {
	// Sign returns the MAC of a row.
	Sign(r *rowmac.Row) []byte
	// Check refuses a row whose MAC is not this one: fault Precondition, ROW_CHANGED.
	Check(ctx context.Context, r *rowmac.Row, mac []byte) error
}

// cycleRow is a row of aid_request_cycles, with its MAC: no leaf says where a cycle
// stands, and money is given by it.
type cycleRow struct {
	requestID string
	aidrequest.Cycle
	version int64
	mac     []byte
}

const cycleColumns = `c.aid_request_id, c.cycle, c.state, c.part, c.due, c.round, c.version, c.mac`

func scanCycle(row pgx.CollectableRow) (cycleRow, error) {
	var c cycleRow
	var round *string
	err := row.Scan(&c.requestID, &c.Number, &c.State, &c.Part, &c.Due, &round, &c.version, &c.mac)
	c.Round = orEmpty(round)
	return c, err
}

// signed is what the MAC of a cycle covers.
func (c cycleRow) signed() *rowmac.Row {
	return rowmac.NewRow("aid_request_cycles", fmt.Sprintf("%s/%d", c.requestID, c.Number), c.version).
		Text(string(c.State)).Number(int64(c.Part)).Text(c.Due.Format(time.DateOnly)).Text(c.Round)
}

// own refuses a cycle that another hand has changed.
func (s *Store) own(ctx context.Context, c cycleRow) error {
	return s.rows.Check(ctx, c.signed(), c.mac)
}

// readCycles reads cycles as they stand; where is what follows the columns.
func readCycles(ctx context.Context, q postgres.Querier, where string, args ...any) ([]cycleRow, error) {
	return postgres.Many(ctx, q, "cycles", scanCycle, `SELECT `+cycleColumns+` FROM aid_request_cycles c `+where, args...)
}

// ownCycle reads one cycle that no other hand has changed; lock is a locking clause.
func (s *Store) ownCycle(ctx context.Context, q postgres.Querier, k aidrequest.Key, lock string) (cycleRow, error) {
	c, err := postgres.One(ctx, q, "aid request", scanCycle, `
		SELECT `+cycleColumns+` FROM aid_request_cycles c WHERE c.aid_request_id = $1 AND c.cycle = $2`+lock, k.RequestID, k.Cycle)
	if err != nil {
		return c, err
	}
	return c, s.own(ctx, c)
}

// ownAll refuses cycles of which another hand has changed one, or made one.
func (s *Store) ownAll(ctx context.Context, cycles []cycleRow) error {
	for _, c := range cycles {
		if err := s.own(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// The cycles of a request r as arrays, so that a page of requests takes one statement.
const (
	cycleArrays     = `c.numbers, c.states, c.parts, c.due, c.rounds, c.versions, c.macs`
	cyclesOfRequest = `JOIN LATERAL (
		SELECT array_agg(n.cycle ORDER BY n.cycle) AS numbers, array_agg(n.state ORDER BY n.cycle) AS states,
			array_agg(n.part ORDER BY n.cycle) AS parts, array_agg(n.due ORDER BY n.cycle) AS due,
			array_agg(COALESCE(n.round, '') ORDER BY n.cycle) AS rounds, array_agg(n.version ORDER BY n.cycle) AS versions,
			array_agg(n.mac ORDER BY n.cycle) AS macs
		FROM aid_request_cycles n WHERE n.aid_request_id = r.aid_request_id) c ON true`
)

// cycleArray are the cycles of a request, column by column.
type cycleArray struct {
	numbers, parts []int
	states, rounds []string
	due            []time.Time
	versions       []int64
	macs           [][]byte
}

func (a cycleArray) rows(requestID string) []cycleRow {
	rows := make([]cycleRow, len(a.numbers))
	for i, n := range a.numbers {
		rows[i] = cycleRow{
			requestID: requestID, version: a.versions[i], mac: a.macs[i],
			Cycle: aidrequest.Cycle{Number: n, State: aidrequest.CycleState(a.states[i]), Part: a.parts[i], Due: a.due[i], Round: a.rounds[i]},
		}
	}
	return rows
}

// next is the lowest cycle that is APPROVED, and whether an earlier one was awarded.
func next(cycles []cycleRow) (c aidrequest.Cycle, running bool) {
	for _, c := range cycles {
		switch c.State {
		case aidrequest.CycleApproved:
			return c.Cycle, running
		case aidrequest.CycleAwarded, aidrequest.CyclePaid:
			running = true
		}
	}
	return c, running
}

// insertCycles makes the cycles of a request that was approved.
func (s *Store) insertCycles(ctx context.Context, tx pgx.Tx, r aidrequest.Request) error {
	due, macs := make([]time.Time, len(r.Progress)), make([][]byte, len(r.Progress))
	for i, c := range r.Progress {
		due[i], macs[i] = c.Due, s.rows.Sign(cycleRow{requestID: r.ID, Cycle: c, version: 1}.signed())
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO aid_request_cycles (aid_request_id, cycle, state, part, due, version, mac)
		SELECT $1, cycle, 'APPROVED', 1, due, 1, mac FROM unnest($2::date[], $3::bytea[]) WITH ORDINALITY AS c (due, mac, cycle)`, r.ID, due, macs)
	if err != nil {
		return fmt.Errorf("plan cycles of aid request %s: %w", r.ID, err)
	}
	return nil
}

// writeCycles writes cycles that tx has read and locked, as their next versions.
func (s *Store) writeCycles(ctx context.Context, tx pgx.Tx, changed []cycleRow) error {
	n := len(changed)
	ids, numbers, states, parts := make([]string, n), make([]int, n), make([]string, n), make([]int, n)
	rounds, versions, macs := make([]string, n), make([]int64, n), make([][]byte, n)
	for i, c := range changed {
		c.version++
		ids[i], numbers[i], states[i], parts[i], rounds[i] = c.requestID, c.Number, string(c.State), c.Part, c.Round
		versions[i], macs[i] = c.version, s.rows.Sign(c.signed())
	}
	tag, err := tx.Exec(ctx, `
		UPDATE aid_request_cycles c SET state = n.state, part = n.part, round = NULLIF(n.round, ''), version = n.version, mac = n.mac
		FROM unnest($1::text[], $2::integer[], $3::text[], $4::integer[], $5::text[], $6::bigint[], $7::bytea[])
			AS n (aid_request_id, cycle, state, part, round, version, mac)
		WHERE c.aid_request_id = n.aid_request_id AND c.cycle = n.cycle`, ids, numbers, states, parts, rounds, versions, macs)
	if err != nil {
		return fmt.Errorf("write cycles: %w", err)
	}
	if int(tag.RowsAffected()) != n {
		return fmt.Errorf("write cycles: %d of %d changed", tag.RowsAffected(), n)
	}
	return nil
}

// cancelCycles takes back what of a request no round has awarded. A stop acts, whatever
// another hand has written: the rows become the service's own again.
func (s *Store) cancelCycles(ctx context.Context, tx pgx.Tx, requestID string) error {
	open, err := readCycles(ctx, tx, `WHERE c.aid_request_id = $1 AND c.state = 'APPROVED' ORDER BY c.cycle FOR UPDATE`, requestID)
	if err != nil {
		return err
	}
	for i, c := range open {
		if err := s.own(ctx, c); err != nil && !fault.Is(err, rowmac.Changed) {
			return err
		}
		open[i].State = aidrequest.CycleCancelled
	}
	return s.writeCycles(ctx, tx, open)
}
