package dispute_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/donations/internal/dispute"
)

func TestStripesWordsForADispute(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]dispute.State{
		"warning_needs_response": dispute.Inquiry, "warning_under_review": dispute.Inquiry, "warning_closed": dispute.None,
		"needs_response": dispute.Open, "under_review": dispute.Open, "won": dispute.Won, "lost": dispute.Lost, "a new word": dispute.Open,
	} {
		if got := dispute.Of(status); got != want {
			t.Errorf("%s is %s, want %s", status, got, want)
		}
	}
}

func TestAnOlderReadingUndecidesNothing(t *testing.T) {
	t.Parallel()
	type step struct{ from, to dispute.State }
	allowed := map[step]bool{
		{dispute.Inquiry, dispute.Open}: true, {dispute.Inquiry, dispute.None}: true, {dispute.Inquiry, dispute.Won}: true, {dispute.Inquiry, dispute.Lost}: true,
		{dispute.Open, dispute.Won}: true, {dispute.Open, dispute.Lost}: true, {dispute.Open, dispute.None}: true,
		{dispute.Won, dispute.Lost}: true, {dispute.Lost, dispute.Won}: true, {dispute.Won, dispute.None}: true, {dispute.Lost, dispute.None}: true,
	}
	all := []dispute.State{dispute.None, dispute.Won, dispute.Inquiry, dispute.Lost, dispute.Open}
	for i, from := range all {
		for j, to := range all {
			if got := from.Follows(to); got != allowed[step{from, to}] {
				t.Errorf("%s to %s: %v", from, to, got)
			}
			if got := from.Graver(to); got != all[max(i, j)] {
				t.Errorf("%s beside %s: %s", from, to, got)
			}
		}
		if got := from.Waits(); got != (from == dispute.Inquiry || from == dispute.Open) {
			t.Errorf("%s waits: %v", from, got)
		}
	}
}
