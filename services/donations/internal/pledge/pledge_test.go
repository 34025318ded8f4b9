package pledge_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

func TestMovesOfAPledge(t *testing.T) {
	t.Parallel()
	states := []pledge.State{pledge.Pending, pledge.Active, pledge.Paused, pledge.Fulfilled, pledge.Cancelled, pledge.Lapsed}
	allowed := map[pledge.State]string{ // by first letters
		pledge.Pending: "PAFCL", pledge.Active: "APFCL", pledge.Paused: "APFCL",
		pledge.Fulfilled: "F", pledge.Cancelled: "CF", pledge.Lapsed: "LF",
	}
	letter := map[pledge.State]string{
		pledge.Pending: "P", pledge.Active: "A", pledge.Paused: "P", pledge.Fulfilled: "F", pledge.Cancelled: "C", pledge.Lapsed: "L",
	}
	for _, from := range states {
		for _, to := range states {
			want := contains(allowed[from], letter[to])
			switch { // PENDING and PAUSED share a letter
			case from == pledge.Pending && to == pledge.Paused, from == pledge.Active && to == pledge.Pending, from == pledge.Paused && to == pledge.Pending:
				want = false
			}
			got, err := from.Move(to)
			if (err == nil) != want {
				t.Errorf("%v to %v: %v", from, to, err)
			}
			if err == nil && got != to || err != nil && got != from {
				t.Errorf("%v to %v gives %v", from, to, got)
			}
			if err != nil && !fault.Is(err, "ILLEGAL_STATE") {
				t.Errorf("%v to %v: %v", from, to, err)
			}
		}
	}
	var invalid pledge.State
	if _, err := invalid.Move(pledge.Active); err == nil {
		t.Error("the zero state moves")
	}
}

func contains(set, letter string) bool {
	for _, r := range set {
		if string(r) == letter {
			return true
		}
	}
	return false
}

func TestThePartsOfAPledgeAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(50, 1_000_000).Draw(t, "amount")
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{3}`), 1, 10, rapid.ID).Draw(t, "funds")
		r := pledge.Request{Amount: money.Amount{MinorUnits: amount, Currency: "EUR"}, ReceiptSHA256: make([]byte, 32)}
		for _, n := range names {
			r.Designations = append(r.Designations, pledge.Designation{Fund: n, Share: rapid.Int64Range(0, 10000).Draw(t, "share")})
		}
		p, err := pledge.New(r, time.Now())
		if err != nil {
			t.SkipNow() // a part that would be nothing
		}
		reserve := rapid.Int64Range(0, 1000).Draw(t, "reserve")
		err = p.Designate(func(string, string) (pledge.Terms, error) {
			return pledge.Terms{ReserveShare: reserve, OperationsShare: 200}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for _, d := range p.Designations {
			stays, reserve, operations, err := d.Shares()
			if err != nil || stays < 0 || reserve < 0 || operations < 0 || stays+reserve+operations != d.Amount || d.Amount <= 0 {
				t.Errorf("%+v splits into %d, %d, %d: %v", d, stays, reserve, operations, err)
			}
			sum += d.Amount
		}
		if sum != amount {
			t.Errorf("parts add up to %d of %d", sum, amount)
		}
	})
}

func TestAFundThatRefusesIsNamed(t *testing.T) {
	t.Parallel()
	p, err := pledge.New(pledge.Request{
		Amount: money.Amount{MinorUnits: 100, Currency: "EUR"}, ReceiptSHA256: make([]byte, 32),
		Designations: []pledge.Designation{{Fund: "a"}, {Fund: "b"}},
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	err = p.Designate(func(field, id string) (pledge.Terms, error) {
		if id == "b" {
			return pledge.Terms{}, fault.Field(field, fault.FieldNoSuchResource, "is not a fund")
		}
		return pledge.Terms{}, nil
	})
	if f := fault.As(err); f == nil || f.Violations[0].Field != "designations[1].fund" {
		t.Errorf("error = %v", err)
	}
}
