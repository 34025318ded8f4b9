package publish_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
)

func TestAGateThatWasShutForGoodStaysShut(t *testing.T) {
	t.Parallel()
	var g publish.Gate
	var told []bool
	g.Watch(func(open bool) { told = append(told, open) })
	if err := g.Check(); !fault.Is(err, publish.Unreachable) {
		t.Errorf("at first: %v", err)
	}
	g.Open()
	g.Open()
	if err := g.Check(); err != nil {
		t.Errorf("open: %v", err)
	}
	if !g.Refuse() || g.Refuse() {
		t.Error("only the first refusal is news")
	}
	g.Open()
	if err := g.Check(); !fault.Is(err, publish.Behind) {
		t.Errorf("opened after it was shut for good: %v", err)
	}
	if diff := cmp.Diff([]bool{false, true, false, false}, told); diff != "" {
		t.Error(diff)
	}
}
