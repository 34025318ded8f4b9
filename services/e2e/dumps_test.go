package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/dumptest"
)

// fewest is how many must be possible for each.
const fewest = 10

// TestDumpsOfTwoDatabasesNameNobody joins the dumps of donations, families and
// disbursements with each other, with the public list, the bank's record and Stripe's, as
// an attacker would; then again with one protection off each time, where it must find all.
func TestDumpsOfTwoDatabasesNameNobody(t *testing.T) {
	t.Parallel()
	w := newPaidTown(t)
	w.nobodyIsNamed()
	for name, unprotected := range w.protections() {
		t.Run("without "+name, func(t *testing.T) {
			if found, all := unprotected(); found < all || all == 0 {
				t.Errorf("the attacker finds %d of %d: the test above sees nothing", found, all)
			}
		})
	}
}

// targets are what one of each household is called.
func (w *paidTown) targets(of func(household) string) (list []string) {
	for _, h := range w.households {
		list = append(list, of(h))
	}
	return list
}

func family(h household) string   { return h.family }
func payment(h household) string  { return h.payment }
func prisoner(h household) string { return h.prisoner }

// prisoners are all of the register.
func (w *paidTown) prisoners() (list []string) {
	for _, r := range w.dump {
		if r.Table == "prisoners" {
			list = append(list, r.Texts["prisoner_id"])
		}
	}
	return list
}

// nobodyIsNamed fails where anything outside is certainly one of ours, or one of few.
func (w *paidTown) nobodyIsNamed() {
	w.t.Helper()
	lines, register := make([]dumptest.Outside, 0, neighbours), []dumptest.Outside{}
	for _, h := range w.households {
		lines = append(lines, h.line)
	}
	for _, p := range w.prisoners() {
		register = append(register, dumptest.Outside{Words: []string{p}})
	}
	for _, pair := range []struct {
		name    string
		outside []dumptest.Outside
		targets []string
	}{
		{"person of the list and prisoner", w.persons, w.prisoners()},
		{"person of the list and family", w.persons, w.targets(family)},
		{"person of the list and payment", w.persons, w.targets(payment)},
		{"prisoner and family", register, w.targets(family)},
		{"line of the bank and payment", lines, w.targets(payment)},
		{"line of the bank and family", lines, w.targets(family)},
		{"line of the bank and prisoner", lines, w.prisoners()},
		{"charge and payment", w.charges, w.targets(payment)},
		{"charge and family", w.charges, w.targets(family)},
	} {
		about, least := w.dump.About(pair.targets), len(pair.targets)
		for _, o := range pair.outside {
			least = min(least, len(dumptest.Candidates(about, pair.targets, o)))
		}
		w.t.Logf("%s: %d and %d, %d possible at least", pair.name, len(pair.outside), len(pair.targets), least)
		if least < fewest || len(pair.outside) < fewest {
			w.t.Errorf("%s: %d are possible", pair.name, least)
		}
	}
	w.noOrderIsKept()
}

// noOrderIsKept fails where rows lie as the bank's record or the public list does.
func (w *paidTown) noOrderIsKept() {
	w.t.Helper()
	listed := slices.Clone(w.households)
	slices.SortFunc(listed, func(a, b household) int { return w.places[a.listed] - w.places[b.listed] })
	inList := &paidTown{households: listed}
	for name, order := range map[string][]string{
		"bank's, payments": w.targets(payment), "bank's, families": w.targets(family),
		"list's, families": inList.targets(family), "list's, prisoners": inList.targets(prisoner),
	} {
		if found := dumptest.InOrder(w.dump.About(order), order); len(found) > 0 {
			w.t.Errorf("the %s: %v", name, found)
		}
	}
}

// protections are the attacks that succeed without one protection, by its name; each
// says how many are found, of how many.
func (w *paidTown) protections() map[string]func() (found, all int) {
	plainPrisoners := func(d dumptest.Dump) dumptest.Dump {
		return d.With("families", "prisoner_digest", w.truth("family_id", family, prisoner))
	}
	plainList := func(d dumptest.Dump) dumptest.Dump {
		return d.With("prisoners", "source_digest", w.truth("prisoner_id", prisoner, func(h household) string { return h.listed }))
	}
	plainBank := func(d dumptest.Dump) dumptest.Dump {
		return d.With("attempts", "bank_digest", w.truth("payment_id", payment, func(h household) string { return h.line.Words[0] }))
	}
	person := func(h household) dumptest.Outside { return w.persons[w.places[h.listed]] }
	line := func(h household) dumptest.Outside { return h.line }
	return map[string]func() (found, all int){
		"HMACs of the list's ids": func() (int, int) { return w.found(plainList(w.dump), w.prisoners(), prisoner, person) },
		"keys of these HMACs": func() (int, int) {
			return w.found(w.dump.With("prisoners", "source_digest", w.truth("prisoner_id", prisoner, func(h household) string {
				sum := sha256.Sum256([]byte(h.listed))
				return `\x` + hex.EncodeToString(sum[:])
			})), w.prisoners(), prisoner, person)
		},
		"the seal over a family's prisoner": func() (int, int) {
			return w.found(plainPrisoners(w.dump), w.targets(family), family, func(h household) dumptest.Outside { return dumptest.Outside{Words: []string{h.prisoner}} })
		},
		"HMACs of the bank's ids": func() (int, int) { return w.found(plainBank(w.dump), w.targets(family), family, line) },
		"days": func() (int, int) {
			hours := w.truth("id", payment, func(h household) string { return h.line.Moment.Format(time.RFC3339) })
			return w.found(w.dump.With("payments", "settled_on", hours), w.targets(family), family, line)
		},
		"any of them, from the list to the bank": func() (int, int) {
			open := plainBank(plainPrisoners(plainList(w.dump)))
			listed, all := w.found(open, w.targets(payment), payment, person)
			paid, _ := w.found(open, w.targets(payment), payment, line)
			return min(listed, paid), all
		},
		"an order of its own": func() (int, int) {
			first := w.dump.With("attempts", "place", w.truth("payment_id", payment, func(h household) string {
				place := slices.IndexFunc(w.households, func(o household) bool { return o.payment == h.payment })
				return string(rune('a' + place))
			}))
			order := w.targets(payment)
			return len(dumptest.InOrder(first.About(order), order)), 1
		},
		"pools, each gift going to one family": func() (int, int) { return w.given(func(o dumptest.Outside) string { return o.Words[0] }, "donation") },
		"days of awards, each gift awarded as it comes": func() (int, int) {
			return w.given(func(o dumptest.Outside) string { return o.Moment.Format(time.RFC3339) }, "awarded_at")
		},
	}
}

// truth says of each row what to put into it, by the id in one of its columns.
func (w *paidTown) truth(column string, of, value func(household) string) func(dumptest.Row) string {
	return func(r dumptest.Row) string {
		for _, h := range w.households {
			if id := r.Texts[column]; id == of(h) || strings.HasSuffix(id, "/"+of(h)) {
				return value(h)
			}
		}
		return ""
	}
}

// found is for how many households a dump leaves what is true alone.
func (w *paidTown) found(d dumptest.Dump, targets []string, of func(household) string, outside func(household) dumptest.Outside) (n, all int) {
	about := d.About(targets)
	for _, h := range w.households {
		if slices.Equal(dumptest.Candidates(about, targets, outside(h)), []string{of(h)}) {
			n++
		}
	}
	return n, len(w.households)
}

// given is for how many charges the payment is found where the n-th goes to the n-th, and
// a column says so.
func (w *paidTown) given(says func(dumptest.Outside) string, column string) (int, int) {
	charge := func(h household) dumptest.Outside {
		n := slices.IndexFunc(w.households, func(o household) bool { return o.payment == h.payment })
		o := w.charges[n]
		// What is split has another amount, and donors come one after the other.
		o.Minor, o.Moment = 0, o.Moment.Add(time.Duration(n)*time.Hour)
		return o
	}
	dump := w.dump.With("payments", column, w.truth("id", payment, func(h household) string { return says(charge(h)) }))
	return w.found(dump, w.targets(payment), payment, charge)
}
