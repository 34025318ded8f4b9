package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// list reads a page of rows.
func list[T any](ctx context.Context, s *Store, what, columns string, l listing.List, p page.Page, conditions ...listing.Condition) ([]T, error) {
	return listing.Rows(ctx, s.db.Pool, what, pgx.RowToStructByName[T], columns, l, p, conditions...)
}

// The lists, and what a filter may ask of each.

func roundList() listing.List {
	return newest("allocation_rounds", "allocation_rounds", map[string]filter.Column{
		listing.State: {SQL: "allocation_rounds.state", Words: filter.Words[disbursementsv1.AllocationRoundState]()},
	})
}

func allocationList() listing.List {
	return listing.List{
		Rows: "allocations", Alias: "allocations",
		Keys: []listing.Key{{Name: "allocation_round", SQL: "allocations.round_id"}, {Name: "name", SQL: "allocations.number", Kind: listing.Number}},
		Columns: map[string]filter.Column{
			"outcome": {SQL: "allocations.outcome", Words: filter.Words[disbursementsv1.AllocationOutcome]()},
		},
	}
}

func awardList() listing.List {
	return newest("awards", "awards", map[string]filter.Column{
		listing.State:      {SQL: "awards.state", Words: filter.Words[disbursementsv1.AwardState]()},
		"allocation_round": {SQL: "awards.round_id", Value: resource.AllocationRound.Value},
	})
}

// inOpenView holds for the plans that plan.InOpenView tells.
const inOpenView = `((p.persons > 2 AND p.wait_days > 0 OR p.stand_in_days > 0) AND p.state IN ('LOCKED', 'IN_APPROVAL', 'IN_AUTHORIZATION', 'IN_RELEASE'))`

func planList() listing.List {
	return newest("payment_plans", "p", map[string]filter.Column{
		listing.State:      {SQL: "p.state", Words: filter.Words[disbursementsv1.PaymentPlanState]()},
		"allocation_round": {SQL: "p.round_id", Value: resource.AllocationRound.Value},
		"in_open_view":     {SQL: inOpenView, Bool: true},
	})
}

func railList() listing.List {
	return listing.List{
		Rows: "rails", Alias: "rails", Keys: []listing.Key{{Name: "name", SQL: "rails.id"}}, Columns: switchColumns("rails"),
	}
}

func senderList() listing.List {
	return listing.List{
		Rows: "senders", Alias: "senders", Columns: switchColumns("senders"),
		Keys: []listing.Key{{Name: "name", SQL: "senders.rail"}, {SQL: "senders.id"}},
	}
}

// switchColumns are of rails and senders, of which there are few: whether they run.
func switchColumns(table string) map[string]filter.Column {
	running, stopped := string(payment.Running), string(payment.Stopped)
	return map[string]filter.Column{listing.State: {
		SQL:   "CASE WHEN " + table + ".stopped_by IS NULL THEN '" + running + "' ELSE '" + stopped + "' END",
		Words: map[string]string{running: running, stopped: stopped},
	}}
}

func fileList() listing.List {
	return newest("payment_files", "f", map[string]filter.Column{
		listing.State: {SQL: "f.state", Words: filter.Words[disbursementsv1.PaymentFileState]()},
	})
}

func paymentList() listing.List {
	return newest("payments", "y", map[string]filter.Column{
		listing.State: {SQL: "y.state", Words: filter.Words[disbursementsv1.PaymentState]()},
		"overdue":     {SQL: "y.overdue", Bool: true},
	})
}

func attemptList() listing.List {
	return listing.List{
		Rows: "attempts", Alias: "a",
		Keys: []listing.Key{
			{Name: "claim_time", SQL: "a.claimed_at", Kind: listing.Time},
			{Name: "name", SQL: "a.payment_id"}, {SQL: "a.number", Kind: listing.Number},
		},
		Columns: map[string]filter.Column{
			listing.State: {SQL: "a.state", Words: filter.Words[disbursementsv1.AttemptState]()},
		},
	}
}

func statementList() listing.List {
	return newest("statements", "s", map[string]filter.Column{
		"sender":       {SQL: "s.sender", Value: resource.Sender.Value},
		listing.State:  {SQL: statementState, Words: filter.Words[disbursementsv1.StatementState]()},
		"gap_state":    {SQL: gapState, Words: filter.Words[disbursementsv1.StatementGapState]()},
		"notification": {SQL: "s.notification", Bool: true},
	})
}

func unmatchedList() listing.List {
	return newest("unmatched_lines", "u", map[string]filter.Column{
		"reason": {SQL: "u.reason", Words: filter.Words[disbursementsv1.UnmatchedLineReason]()},
		"posted": {SQL: "(u.posted_at IS NOT NULL)", Bool: true},
	})
}

func inquiryList() listing.List {
	return newest("inquiries", "i", map[string]filter.Column{
		listing.State: {SQL: "i.state", Words: filter.Words[disbursementsv1.InquiryState]()},
		"reason":      {SQL: "i.reason", Words: filter.Words[disbursementsv1.InquiryReason]()},
	})
}

// newest is a list of rows in the order of their making, the last first.
func newest(rows, alias string, columns map[string]filter.Column) listing.List {
	return listing.List{
		Rows: rows, Alias: alias, Newest: true, Columns: columns,
		Keys: []listing.Key{
			{Name: "create_time", SQL: alias + ".created_at", Kind: listing.Time}, {Name: "name", SQL: alias + ".id"},
		},
	}
}
