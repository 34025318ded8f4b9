package store

import (
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// What says how many persons are needed: policies, what leaves the ledger, what plans
// have paid, and who holds which role. The kinds are numbers as the tables have them.
var (
	policyKinds  = []int16{int16(leaf.DecisionPolicyProposed), int16(leaf.DecisionPolicyVersion)}
	attemptKinds = []int16{int16(leaf.AttemptSubmitted), int16(leaf.FX)}
	staffKinds   = []int16{
		int16(leaf.DecisionStaff), int16(leaf.DecisionGrantProposed), int16(leaf.DecisionGrantConfirmed),
		int16(leaf.DecisionGrantRevoked), int16(leaf.DecisionFreeze), int16(leaf.DecisionFreezeLifted),
	}
)

// askHands asks for what the units need to know of it.
func (b *batch) askHands(q *pgx.Batch) {
	var policies, staff, leaving bool
	plans, moved := map[string]bool{}, map[string]bool{}
	for _, u := range b.units {
		policies, staff, leaving = policies || u.Policies(), staff || u.Staff(), leaving || u.Leaving()
		u.Plans(func(plan string) { plans[plan] = true })
		u.Moved(func(plan string) { moved[plan] = true })
	}
	if policies {
		b.askKinds(q, policyKinds, func(l leaf.Leaf) { b.books.KnowPolicy(l.Decision) })
	}
	if staff {
		b.askKinds(q, staffKinds, func(l leaf.Leaf) { b.books.KnowStaff(l.Decision) })
	}
	if leaving {
		b.askLeaving(q, slices.Collect(maps.Keys(moved)))
	}
	if len(plans) > 0 {
		b.askAttempts(q, slices.Collect(maps.Keys(plans)))
	}
}

// askKinds asks for the decisions of kinds. The numbers in its statement are those of
// the kinds that the index is for.
func (b *batch) askKinds(q *pgx.Batch, kinds []int16, know func(leaf.Leaf)) {
	b.askBytes(q, "look up decisions by kind", know, `
		SELECT l.bytes
		FROM unnest($2::smallint[]) AS k (kind)
		CROSS JOIN LATERAL (
			SELECT sequence FROM decisions WHERE ledger_id = $1 AND kind = k.kind AND (kind <= 9 OR kind IN (14, 18)) OFFSET 0
		) d
		CROSS JOIN LATERAL (
			SELECT bytes FROM leaves WHERE ledger_id = $1 AND sequence = d.sequence OFFSET 0
		) l
		ORDER BY d.sequence`, kinds)
}

// askAttempts asks for what the payments of plans have tried to pay.
func (b *batch) askAttempts(q *pgx.Batch, plans []string) {
	b.askBytes(q, "look up attempts", func(l leaf.Leaf) { b.books.KnowAttempt(l.Transaction) }, `
		SELECT l.bytes
		FROM unnest($2::text[]) AS k (plan)
		CROSS JOIN LATERAL (
			SELECT sequence FROM transactions
			WHERE ledger_id = $1 AND source > k.plan || '/payments/' AND source < k.plan || '/payments0' AND kind = ANY($3) OFFSET 0
		) t
		CROSS JOIN LATERAL (
			SELECT bytes FROM leaves WHERE ledger_id = $1 AND sequence = t.sequence OFFSET 0
		) l
		ORDER BY t.sequence`, plans, attemptKinds)
}

// askBytes queues a query of the ledger for leaves.
func (b *batch) askBytes(q *pgx.Batch, what string, know func(leaf.Leaf), sql string, args ...any) {
	var raw []byte
	each(q.Queue(sql, append([]any{b.ledger}, args...)...), what, []any{&raw}, func() error {
		l, err := leaf.Decode(raw)
		if err == nil {
			know(l)
		}
		return err
	})
}
