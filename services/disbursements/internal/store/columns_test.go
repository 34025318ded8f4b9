package store_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/dumptest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
)

// TestEachColumnOfDisbursementsSaysWhatItTells is the list of what a dump of the
// database holds; TestADumpOfDisbursementsNamesNobodysAccount joins it.
func TestEachColumnOfDisbursementsSaysWhatItTells(t *testing.T) {
	t.Parallel()
	dumptest.Check(t, store.Migrations(), dumptest.Columns{
		Pseudonyms: map[string]string{
			"allocation_rounds": "booked_after committed_by id narrow_funds opened_by simulated_by", "allocation_shares": "award_id fund round_id",
			"allocations":      "aid_request eligible_funds family round_id",
			"attempt_postings": "id payment_id", "attempts": "file_id payment_id",
			"awards":         "aid_request emergency_approvers emergency_grant_id family fund id round_id",
			"file_downloads": "downloaded_by file_id proposed_by", "file_lines": "file_id payment_id", "inquiries": "id payment_id taken_by", "meant_accounts": "payment_id",
			"payment_files": "id plan_id", "payment_refusals": "confirmed_by payment_id recorded_by", "payment_records": "confirmed_by payment_id recorded_by", "payment_plans": "id round_id", "plan_left_out": "family plan_id", "plan_looks": "family looked_by plan_id", "payment_shares": "award_id payment_id",
			"payments": "family file_id id lease plan_id", "plan_acts": "person plan_id", "plan_persons": "person plan_id",
			"plan_voids": "id plan_id", "rails": "stopped_by", "round_budgets": "fund round_id",
			"senders": "stopped_by", "statement_lines": "payment_id statement_id", "statement_gaps": "id passed_by proposed_by statement_id", "statements": "confirmed_by id imported_by",
			"unmatched_lines": "gift id payout statement_id",
		},
		Words: map[string]string{
			"allocation_rounds": "commit_step currency refusal state",
			"allocations":       "held_back_reason level outcome reason waiting_since",
			"attempt_postings":  "transition", "attempts": "state", "awards": "currency state", "file_downloads": "reason", "inquiries": "outcome reason state", "meant_accounts": "paid",
			"payment_files": "state", "payment_refusals": "reason", "payment_plans": "currency rail sender state", "payments": "answer currency state tried_answer",
			"plan_acts": "hat kind", "plan_left_out": "reason", "plan_looks": "reason", "plan_persons": "hat", "plan_voids": "reason", "rails": "id", "senders": "id rail",
			"statement_gaps": "reason state", "statement_lines": "effect", "statements": "currency sender", "unmatched_lines": "reason",
		},
		Keyed: map[string]string{
			"attempt_postings": "mac", "attempts": "bank_digest mac", "meant_accounts": "digest", "awards": "mac", "payment_files": "digest message_digest",
			"payments": "account_digest blind leaf mac", "payment_plans": "digest", "payment_refusals": "digest", "plan_acts": "digest", "plan_voids": "digest",
			"rails": "mac", "payment_records": "evidence mac transaction", "senders": "mac", "statements": "content said",
		},
		Sealed: map[string]string{"file_lines": "sealed", "payment_files": "sealed"},
		Known: map[string]string{
			"allocation_rounds.snapshot":        "what stands in allocations, in one piece",
			"allocation_rounds.snapshot_digest": "SHA-256 of the snapshot beside it",
			"attempts.failure":                  "a reason of ours or the bank's code: a payment that fails alone on its day is known by that",
			"payments.failure":                  "as attempts.failure",
			"payments.handle_hash":              "SHA-256 of 16 random bytes that only the family has",
			"statement_lines.bank_code":         "a few kinds, alike for all payments",
			"statement_lines.return_reason":     "as attempts.failure",
			"unmatched_lines.gift_ref":          "of a fund, and public",
			"statements.bank_id":                "of a whole statement, which its balances name as well",
			"statements.closed_on":              "of a whole statement",
			"statements.sha256":                 "of a whole statement; the books' closes rest on it",
		},
		Hours: map[string]string{
			"allocation_rounds.ordered_at": "a running deadline: the day only once the commit has ended",
			"awards.cancelled_at":          "a running deadline: the day only once ledger and families know",
			"attempt_postings.created_at":  "a running deadline: the day only once it is posted",
			"statement_gaps.created_at":    "a running deadline: the day only once it is booked",
			"payment_files.created_at":     "a running deadline: the day only once the file is complete",
			"payments.leased_until":        "of a worker, for seconds",
			"payments.submit_at":           "a running deadline: the day only once it has left",
			"plan_voids.created_at":        "a running deadline: the day only once it is recorded",
			"rails.stopped_at":             "a running stop: NULL once it runs again",
			"senders.stopped_at":           "a running stop: NULL once it runs again",
			"unmatched_lines.created_at":   "a running deadline: the day only once it is posted",
		},
	})
}
