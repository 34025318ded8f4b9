package store_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/dumptest"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
)

// TestEachColumnOfFamiliesSaysWhatItTells is the list of what a dump of the database
// holds; TestADumpOfTheFamiliesNamesNobodysPrisoner joins it.
func TestEachColumnOfFamiliesSaysWhatItTells(t *testing.T) {
	t.Parallel()
	dumptest.Check(t, store.Migrations(), dumptest.Columns{
		Pseudonyms: map[string]string{
			"access_records": "person record_id", "aid_request_cycles": "aid_request_id round",
			"aid_requests":         "aid_request_id case_owner decider family_id owner submitter",
			"calls":                "family_id person subject_id",
			"case_parts":           "family_id person",
			"confirmation_codes":   "family_id issuer payment",
			"consents":             "consent_id family_id owner recorder",
			"contacts":             "confirmer contact_id enterer family_id first_confirmer owner",
			"destinations":         "confirmer destination_id enterer family_id owner",
			"entries":              "entry_id family_id writer",
			"families":             "deputy family_id held_for locked_by owner registered_by",
			"frozen_people":        "person",
			"members":              "family_id member_id owner",
			"passed_draws":         "person verification_id",
			"prisoner_import_rows": "import_id known_id prisoner_id",
			"prisoner_imports":     "compared_with import_id importer merger",
			"prisoners":            "prisoner_id seen_in",
			"releases":             "destination_id family_id payment plan",
			"round_held_back":      "aid_request_id family_id round", "round_commits": "round",
			"round_reservations":      "round",
			"sights":                  "family_id person plan",
			"source_lists":            "last_merged",
			"source_records":          "import_id prisoner_id",
			"suspensions":             "case_owner family_id lifter suspender",
			"unseen_awards":           "aid_request_id caseworker",
			"verifications":           "case_owner confirmer decider family_id proposer verification_id",
			"prisoner_import_clashes": "import_id prisoner_id proposer resolver",
			"row_decisions":           "import_id prisoner_id",
		},
		Words: map[string]string{
			"access_records": "purpose", "aid_request_cycles": "state", "aid_requests": "category currency rejection state urgency",
			"case_parts": "part", "consents": "purpose", "contacts": "state", "destinations": "form state", "entries": "reason", "families": "state",
			"prisoner_import_clashes": "decision kind state", "prisoner_import_rows": "change clashes decision status", "prisoner_imports": "failure_description state",
			"passed_draws": "why", "prisoners": "status", "releases": "currency rail", "round_held_back": "reason", "source_records": "status",
			"suspensions": "reason state_before", "verifications": "independent_check outcome",
		},
		Keyed: map[string]string{
			"access_records": "subject_digest", "aid_request_cycles": "mac", "calls": "mac", "confirmation_codes": "altered_digest right_digest", "families": "prisoner_digest",
			"prisoner_import_clashes": "decided_keys row_keys",
			"row_decisions":           "digest list_digest",
			"prisoner_import_rows":    "claim_digest dates_digest name_digest person_digest row_digest row_key source_digest url_digest year_digest",
			"prisoner_imports":        "list_digest merged_through request_key",
			"prisoners":               "dates_digest list_digest name_digest row_digest source_digest url_digest year_digest",
			"releases":                "digest", "source_lists": "list_digest", "sights": "mac", "source_records": "row_digest row_key", "verifications": "draw_mac",
		},
		Sealed: map[string]string{
			"confirmation_codes": "verdict_sealed", "destinations": "sealed", "entries": "sealed",
			"families": "prisoner_sealed profile_sealed rule_sealed", "prisoner_import_rows": "label_sealed sealed",
			"prisoner_imports": "sha256_sealed", "source_lists": "name_sealed", "source_records": "sealed",
		},
		Known: map[string]string{
			"releases.shares":           "cycles of requests, the round that awarded them and who committed it, by pseudonym: it stands in disbursements too",
			"round_held_back.digest":    "as round_reservations.digest",
			"round_reservations.digest": "SHA-256 of pseudonyms that stand in disbursements; says nothing about who they are",
		},
		Hours: map[string]string{
			"access_records.read_at":           "a running deadline: NULL after 24 hours",
			"calls.called_at":                  "a running deadline: the day only after 72 hours",
			"destinations.usable_at":           "a running deadline: the day only once it has passed",
			"sights.until":                     "a running deadline: the day only once it has passed",
			"verifications.drawn_at":           "a running deadline: the day only after 72 hours",
			"prisoner_imports.created_at":      "of a file of a whole list",
			"prisoner_imports.progressed_at":   "a running deadline: NULL once nothing is awaited",
			"prisoner_imports.merge_owed_at":   "a running deadline: NULL once it is merged",
			"prisoner_imports.destroy_owed_at": "a running deadline: NULL once it is destroyed",
		},
	})
}
