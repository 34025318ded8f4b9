package server_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestAFundIsChangedByWhoHasSeenIt(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBench(t)
	funds := donationsv1.NewFundServiceClient(b.staff(policyv1.Role_ROLE_TREASURER))
	seen, err := funds.GetFund(ctx, &donationsv1.GetFundRequest{Name: "funds/general"})
	if err != nil || seen.GetEtag() == "" {
		t.Fatalf("%v, %v", seen, err)
	}
	update := func(f *donationsv1.Fund, paths ...string) (*donationsv1.Fund, error) {
		f.Name = "funds/general"
		return funds.UpdateFund(ctx, &donationsv1.UpdateFundRequest{Fund: f, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
	}
	// when
	changed, err := update(&donationsv1.Fund{DisplayName: " Families ", Etag: seen.GetEtag()}, "display_name")
	// then
	if err != nil || changed.GetDisplayName() != "Families" || changed.GetEtag() == seen.GetEtag() || len(changed.GetCurrencyCodes()) != len(seen.GetCurrencyCodes()) {
		t.Errorf("changed: %v, %v", changed, err)
	}
	for what, f := range map[string]*donationsv1.Fund{"an etag of before": {DisplayName: "Other", Etag: seen.GetEtag()}, "an etag of nothing": {DisplayName: "Other", Etag: "W"}} {
		if _, err := update(f); !fault.Is(err, fault.ReasonEtagMismatch) || !fault.OfKind(err, fault.Aborted) {
			t.Errorf("%s: %v", what, err)
		}
	}
	old := metadata.AppendToOutgoingContext(ctx, "if-match", `"`+seen.GetEtag()+`"`)
	if _, err := funds.UpdateFund(old, &donationsv1.UpdateFundRequest{Fund: &donationsv1.Fund{Name: "funds/general", DisplayName: "Other"}}); !fault.Is(err, fault.ReasonEtagMismatch) {
		t.Errorf("an old If-Match: %v", err)
	}
	for field, call := range map[string]func() (*donationsv1.Fund, error){
		"updateMask":       func() (*donationsv1.Fund, error) { return update(&donationsv1.Fund{}, "state") },
		"displayName":      func() (*donationsv1.Fund, error) { return update(&donationsv1.Fund{}, "display_name") },
		"currencyCodes[0]": func() (*donationsv1.Fund, error) { return update(&donationsv1.Fund{CurrencyCodes: []string{"XXX"}}) },
	} {
		if _, err := call(); fault.As(err) == nil || fault.As(err).Violations[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if last, err := funds.GetFund(ctx, &donationsv1.GetFundRequest{Name: "funds/general"}); err != nil || last.GetEtag() != changed.GetEtag() {
		t.Errorf("after what was refused: %v, %v", last, err)
	}
	if _, err := funds.UpdateFund(ctx, &donationsv1.UpdateFundRequest{Fund: &donationsv1.Fund{Name: "funds/none", DisplayName: "x"}}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("no fund: %v", err)
	}
}

// Of many who have seen the same, one changes it.
func TestOfTwoWhoHaveSeenTheSamePartnerOneChangesIt(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBench(t)
	p := b.newPartner()
	name := p.GetName()
	seen, err := b.operator().GetPartner(ctx, &donationsv1.GetPartnerRequest{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	var changed atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := b.operator().UpdatePartner(ctx, &donationsv1.UpdatePartnerRequest{
				Partner: &donationsv1.Partner{Name: name, Origins: []string{"https://other.example"}, Etag: seen.GetEtag()},
			})
			switch {
			case err == nil:
				changed.Add(1)
			case !fault.Is(err, fault.ReasonEtagMismatch):
				t.Errorf("update: %v", err)
			}
		})
	}
	all.Wait()
	if changed.Load() != 1 {
		t.Errorf("%d have changed it", changed.Load())
	}
	// The row is signed anew: the partner goes on.
	if then, err := b.operator().GetPartner(ctx, &donationsv1.GetPartnerRequest{Name: name}); err != nil || then.GetOrigins()[0] != "https://other.example" || then.GetDisplayName() != "Friends" {
		t.Errorf("%v, %v", then, err)
	}
	// A row that another hand has changed is not.
	if _, err := b.db.Pool.Exec(ctx, `UPDATE partners SET return_urls = '{https://evil.example/}'`); err != nil {
		t.Fatal(err)
	}
	_, err = b.operator().UpdatePartner(ctx, &donationsv1.UpdatePartnerRequest{Partner: &donationsv1.Partner{Name: name, DisplayName: "Laundered"}})
	if !fault.Is(err, "ROW_CHANGED") {
		t.Errorf("a changed row: %v", err)
	}
}
