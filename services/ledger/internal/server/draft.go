package server

import (
	"fmt"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// Drafts reads transactions that a service brings. Only what has no place in a Draft
// is refused here; the rest is for package book.
func Drafts(by rule.Service, in []*ledgerv1.TransactionDraft) ([]book.Draft, error) {
	out := make([]book.Draft, len(in))
	for i, d := range in {
		at := func() string { return fmt.Sprintf("transactions[%d]", i) }
		kind, err := enumOf[leaf.Kind](at, "kind", int32(d.GetKind()))
		if err != nil {
			return nil, err
		}
		day, err := leaf.ParseDay(d.GetOccurredOn())
		if err != nil {
			return nil, fault.Field(at()+".occurredOn", fault.FieldMalformed, err.Error())
		}
		rate, err := rateOf(at, d.GetRate())
		if err != nil {
			return nil, err
		}
		out[i] = book.Draft{
			Reference: d.GetReference(), Kind: kind, Source: d.GetSource(), OccurredOn: day,
			Reverses: d.GetReverses(), By: by, Rate: rate,
			Entries: make([]book.Entry, len(d.GetEntries())), Sources: make([]book.Sources, len(d.GetSources())),
		}
		for j, e := range d.GetEntries() {
			out[i].Entries[j] = book.Entry{Account: e.GetAccount(), Side: sideOf(e.GetSide()), Amount: amountOf(e.GetAmount())}
		}
		for j, s := range d.GetSources() {
			out[i].Sources[j] = book.Sources{Accounts: s.GetAccounts(), Amount: amountOf(s.GetAmount())}
		}
	}
	return out, nil
}

// Decisions reads decisions of a request, as Drafts does. One that says no day is of
// today.
func Decisions(in []*ledgerv1.DecisionDraft, today leaf.Day) ([]book.Decision, error) {
	out := make([]book.Decision, len(in))
	for i, d := range in {
		at := func() string { return fmt.Sprintf("decisions[%d]", i) }
		kind, err := enumOf[leaf.DecisionKind](at, "kind", int32(d.GetKind()))
		if err != nil {
			return nil, err
		}
		day := today
		if d.GetDay() != "" {
			if day, err = leaf.ParseDay(d.GetDay()); err != nil {
				return nil, fault.Field(at()+".day", fault.FieldMalformed, err.Error())
			}
		}
		out[i] = book.Decision{
			Reference: d.GetReference(), Kind: kind, Resource: d.GetResource(), Person: d.GetPerson(), Day: day,
		}
		if copy(out[i].Commitment[:], d.GetCommitment()) != len(out[i].Commitment) || len(d.GetCommitment()) != len(out[i].Commitment) {
			return nil, fault.Field(at()+".commitment", fault.FieldWrongLength, "must be exactly 32 bytes")
		}
		if out[i].Content, err = contentOf(at, d.GetContent()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// enumOf narrows a proto enum to the one byte that the format has for it. The
// numbers are the same; which of them are kinds is for package book.
func enumOf[K ~uint8](at func() string, field string, n int32) (K, error) {
	if n <= 0 || n > 255 {
		return 0, fault.Field(at()+"."+field, fault.FieldRequired, "must be given and be known")
	}
	return K(n), nil
}

func sideOf(s ledgerv1.Side) leaf.Side {
	switch s {
	case ledgerv1.Side_SIDE_DEBIT:
		return leaf.Debit
	case ledgerv1.Side_SIDE_CREDIT:
		return leaf.Credit
	}
	return 0
}

// amountOf reads an amount as it is; package book checks it with its field.
func amountOf(m *typev1.Money) money.Amount {
	return money.Amount{MinorUnits: m.GetMinorUnits(), Currency: m.GetCurrencyCode()}
}

func rateOf(at func() string, r *ledgerv1.ExchangeRate) (*leaf.Rate, error) {
	if r == nil {
		return nil, nil
	}
	day, err := leaf.ParseDay(r.GetDay())
	if err != nil {
		return nil, fault.Field(at()+".rate.day", fault.FieldMalformed, err.Error())
	}
	if r.GetScale() < 0 || r.GetScale() > 255 {
		return nil, fault.Field(at()+".rate.scale", fault.FieldOutOfRange, "must be 0 to 12")
	}
	return &leaf.Rate{
		From: r.GetFromCurrencyCode(), To: r.GetToCurrencyCode(), Value: r.GetValue(),
		Scale: uint8(r.GetScale()), Source: r.GetSource(), Day: day,
	}, nil
}

// dayOf reads a day that a request must give; the fault names field.
func dayOf(field, text string) (leaf.Day, error) {
	day, err := leaf.ParseDay(text)
	if err != nil {
		return 0, fault.Field(field, fault.FieldMalformed, err.Error())
	}
	return day, nil
}
