package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestThoseWhoAreFrozenAreNamedWhateverTheyHold(t *testing.T) {
	t.Parallel()
	b := founded(t)
	worker, frozen := b.grant("worker", caseworker), b.grant("frozen", treasurer)
	if _, err := b.person("worker").FreezeStaff(t.Context(), &accessv1.FreezeStaffRequest{Name: frozen}); err != nil {
		t.Fatal(err)
	}
	resp, err := b.service("disbursements").ListFrozen(t.Context(), &accessv1.ListFrozenRequest{People: []string{worker, frozen}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{frozen}, resp.GetFrozen()); diff != "" {
		t.Errorf("frozen (-want +got):\n%s", diff)
	}
	_, err = b.service("disbursements").ListFrozen(t.Context(), &accessv1.ListFrozenRequest{People: []string{"families/f_1"}})
	if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "people[0]" {
		t.Errorf("a wrong name: %v", err)
	}
	if _, err := b.service("donations").ListFrozen(t.Context(), &accessv1.ListFrozenRequest{}); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("another service asks: %v", err)
	}
}
