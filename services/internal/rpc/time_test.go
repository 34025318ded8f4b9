package rpc_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

func TestATimeIsWrittenInUTC(t *testing.T) {
	t.Parallel()
	// given half past midnight in Minsk, where UTC still has the day before
	minsk := time.FixedZone("Minsk", 3*60*60)
	at := time.Date(2026, 12, 1, 0, 30, 0, 0, minsk)
	// then
	if got := rpc.Moment(at).AsTime(); !got.Equal(at) {
		t.Errorf("moment %v", got)
	}
	if day, month := rpc.Day(at), rpc.Month(at); day != "2026-11-30" || month != "2026-11" {
		t.Errorf("day %s, month %s", day, month)
	}
}

func TestATimeThatHasNotComeIsLeftOut(t *testing.T) {
	t.Parallel()
	var never time.Time
	if rpc.Moment(never) != nil || rpc.Day(never) != "" || rpc.Month(never) != "" {
		t.Error("something was written")
	}
}

func TestOnlyAPlainDayIsRead(t *testing.T) {
	t.Parallel()
	day, err := rpc.ParseDay("day", "2028-02-29")
	if err != nil || rpc.Day(day) != "2028-02-29" {
		t.Errorf("got %v, %v", day, err)
	}
	for _, bad := range []string{"", "2026-02-29", "2026-1-1", "2026-11-30T00:00:00Z", " 2026-11-30", "30.11.2026"} {
		_, err := rpc.ParseDay("givenOn", bad)
		if f := fault.As(err); f == nil || f.Violations[0].Field != "givenOn" {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

func TestAnAmountCrossesTheContractAsItIs(t *testing.T) {
	t.Parallel()
	want := money.Amount{MinorUnits: 5000, Currency: "EUR"}
	if got, err := rpc.Money("amount", rpc.MoneyOf(want)); err != nil || got != want {
		t.Errorf("got %v, %v", got, err)
	}
	none := money.Amount{Currency: "EUR"}
	if rpc.MoneyOf(none) == nil || rpc.MoneyIfAny(none) != nil || rpc.MoneyIfAny(want) == nil {
		t.Error("only MoneyIfAny leaves zero out")
	}
	if _, err := rpc.Money("tip", nil); fault.As(err) == nil || fault.As(err).Violations[0].Field != "tip" {
		t.Errorf("got %v", err)
	}
}
