package leaf_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// content changes the content of a vector.
func content[C leaf.Content](f func(C)) func(leaf.Leaf) {
	return func(l leaf.Leaf) { f(l.Decision.Content.(C)) }
}

func TestAContentThatIsNotOfTheFormIsRefusedByField(t *testing.T) {
	t.Parallel()
	refused(t, "staff", []change{
		{"content.person: must be a resource name", content(func(c *leaf.Staff) { c.Person = "" })},
		{"content.identity: must not be all zero", content(func(c *leaf.Staff) { c.Identity = [32]byte{} })},
	})
	refused(t, "grant-proposed", []change{
		{"content.subject: must be a resource name", content(func(c *leaf.Grant) { c.Subject = "Jane Doe" })},
		{"content.role: has no meaning", content(func(c *leaf.Grant) { c.Role = 0 })},
		{"content.until: must not be before", content(func(c *leaf.Grant) { c.Until = c.From - 1 })},
		{"content.rests_until: must be a day", content(func(c *leaf.Grant) { c.RestsUntil = 0 })},
		{"content: must be that of the kind", func(l leaf.Leaf) { l.Decision.Content = nil }},
		{"content: must be that of the kind", func(l leaf.Leaf) { l.Decision.Kind = leaf.DecisionFreeze }},
	})
	refused(t, "freeze", []change{{"content.until: must be a day", content(func(c *leaf.Freeze) { c.Until = 0 })}})
	refused(t, "freeze-lifted", []change{{"content.until: must be a day", content(func(c *leaf.Thaw) { c.Until = 2932897 })}})
	refused(t, "plan-locked", []change{
		{"content.currency: must be three capitals", content(func(c *leaf.Lock) { c.Currency = "eu" })},
		{"content.amount: must be greater than zero", content(func(c *leaf.Lock) { c.Amount = 0 })},
		{"content.persons: must be from 2", content(func(c *leaf.Lock) { c.Persons = 1 })},
		{"content.wait_days: must be from 0 to 365", content(func(c *leaf.Lock) { c.WaitDays = 366 })},
	})
	refused(t, "plan-voided", []change{{"content.reason: has no meaning", content(func(c *leaf.Voiding) { c.Reason = 8 })}})
	refused(t, "emergency-approved", []change{{"content.amount: must be greater", content(func(c *leaf.Emergency) { c.Amount = -1 })}})
	rows := func(f func(h *leaf.Hands)) func(leaf.Leaf) {
		return content(func(c *leaf.Policy) {
			c.Currencies = slices.Clone(c.Currencies)
			c.Currencies[0].Rows = slices.Clone(c.Currencies[0].Rows)
			f(&c.Currencies[0])
		})
	}
	refused(t, "policy-version", []change{
		{"content.approval_days: must be from 1", content(func(c *leaf.Policy) { c.ApprovalDays = 0 })},
		{"content.currencies: must have from 1", content(func(c *leaf.Policy) { c.Currencies = nil })},
		{"content.currencies: must stand in ascending order", rows(func(h *leaf.Hands) { h.Currency = "PLN" })},
		{"content.cash_cap: must not be negative", rows(func(h *leaf.Hands) { h.CashCap = -1 })},
		{"content.rows: must have from 1 to 32", rows(func(h *leaf.Hands) { h.Rows = nil })},
		{"content.rows.up_to: must be zero in the last row", rows(func(h *leaf.Hands) { h.Rows[1].UpTo = 300_000 })},
		{"content.rows.up_to: must be zero in the last row", rows(func(h *leaf.Hands) { h.Rows[0].UpTo = 0 })},
		{"content.rows.up_to: must be greater", rows(func(h *leaf.Hands) { h.Rows = append([]leaf.Row{{UpTo: 200_000, Persons: 2}}, h.Rows...) })},
		{"content.rows.persons: must be from 2", rows(func(h *leaf.Hands) { h.Rows[0].Persons = 1 })},
	})
	amounts := func(f func(a []leaf.PolicyAmount)) func(leaf.Leaf) {
		return content(func(c *leaf.Policy) {
			c.Amounts = slices.Clone(c.Amounts)
			f(c.Amounts)
		})
	}
	refused(t, "other-policy", []change{
		{"content.approval_days: must be from 1", content(func(c *leaf.Policy) { c.Currencies = []leaf.Hands{{Currency: "EUR"}} })},
		{"content.amounts: must stand in ascending order", amounts(func(a []leaf.PolicyAmount) { a[1].Currency = "EUR" })},
		{"content.currency: must be three capitals", amounts(func(a []leaf.PolicyAmount) { a[0].Currency = "" })},
		{"content.amount: must not be negative", amounts(func(a []leaf.PolicyAmount) { a[0].Amount = -1 })},
		{"content.amounts: must have from 0 to 32", content(func(c *leaf.Policy) { c.Amounts = make([]leaf.PolicyAmount, 33) })},
	})
}

// A program of today reads a log of tomorrow.
func TestADecisionOfALaterKindIsReadWithWhateverItSays(t *testing.T) {
	t.Parallel()
	later := vectors()["decision-of-a-later-kind"]
	if later.Decision.Kind.Known() || later.Decision.Kind.String() != "UNSPECIFIED" {
		t.Errorf("%s is known", later.Decision.Kind)
	}
	for _, content := range []string{"", "x", strings.Repeat("x", leaf.MaxContent)} {
		later.Decision.Content = &leaf.Opaque{Bytes: content}
		raw, err := later.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		back, err := leaf.Decode(raw)
		if err != nil || back.Decision.Content.(*leaf.Opaque).Bytes != content {
			t.Errorf("%d bytes of content: %v", len(content), err)
		}
	}
	later.Decision.Content = &leaf.Opaque{Bytes: strings.Repeat("x", leaf.MaxContent+1)}
	if _, err := later.AppendBinary(nil); err == nil {
		t.Error("a content above the bound was written")
	}
}

// A known kind has exactly its own bytes: nothing is hidden behind the last field.
func TestAKnownKindTakesNoOtherBytes(t *testing.T) {
	t.Parallel()
	for name, l := range withContent() {
		raw, err := l.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if !l.Decision.Kind.Known() {
			continue
		}
		var head leaf.Leaf
		d := *l.Decision
		d.Kind, d.Content = 200, &leaf.Opaque{}
		head.Decision = &d
		short, err := head.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		said := string(raw[len(short):])
		for _, other := range []string{"", said[:len(said)-1], said + "\x00"} {
			d.Content = &leaf.Opaque{Bytes: other}
			wrong, err := head.AppendBinary(nil)
			if err != nil {
				t.Fatal(err)
			}
			wrong[len(short)-len(tail(d))-1] = byte(l.Decision.Kind)
			if _, err := leaf.Decode(wrong); err == nil {
				t.Errorf("%s was read with %d bytes of content instead of %d", name, len(other), len(said))
			}
		}
	}
}

// tail is what stands behind the kind of a decision whose content is empty.
func tail(d leaf.Decision) string {
	return strings.Repeat("x", 1+len(d.Reference)+1+len(d.Resource)+1+len(d.Person)+4+32+2)
}
