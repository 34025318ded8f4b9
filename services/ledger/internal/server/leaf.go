package server

import (
	"fmt"
	"strconv"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// transactionName is the resource name of the transaction at a sequence.
func transactionName(sequence int64) string {
	return resource.Transaction.Of(strconv.FormatInt(sequence, 10))
}

// decisionName is the resource name of the decision at a sequence.
func decisionName(sequence int64) string {
	return resource.Decision.Of(strconv.FormatInt(sequence, 10))
}

// Transaction writes a transaction as PostingService answers with it.
func Transaction(t *leaf.Transaction) (*ledgerv1.Transaction, error) {
	hash, err := leafHash(t)
	if err != nil {
		return nil, err
	}
	return hashedTransaction(t, hash), nil
}

// hashedTransaction writes a transaction whose hash is known.
func hashedTransaction(t *leaf.Transaction, hash [32]byte) *ledgerv1.Transaction {
	out := &ledgerv1.Transaction{
		Name: transactionName(t.Sequence), Sequence: t.Sequence, Reference: t.Reference,
		Kind: ledgerv1.TransactionKind(t.Kind), Source: t.Source,
		OccurredOn: t.OccurredOn.String(), BookingDate: t.BookingDate.String(),
		Entries: make([]*ledgerv1.Entry, len(t.Entries)), Rate: rateProto(t.Rate), LeafHash: hash[:],
	}
	if t.Reverses != nil {
		out.Reverses = t.Reverses.Reference
	}
	for i, e := range t.Entries {
		out.Entries[i] = &ledgerv1.Entry{
			Number: int32(i + 1), Account: e.Account, Side: ledgerv1.Side(e.Side),
			Amount:       moneyOf(e),
			BalanceAfter: e.Balance,
		}
	}
	return out
}

// Decision writes a decision as the API has it.
func Decision(d *leaf.Decision) (*ledgerv1.Decision, error) {
	hash, err := leafHash(d)
	if err != nil {
		return nil, err
	}
	return hashedDecision(d, hash), nil
}

// hashedDecision writes a decision whose hash is known.
func hashedDecision(d *leaf.Decision, hash [32]byte) *ledgerv1.Decision {
	return &ledgerv1.Decision{
		Name:     decisionName(d.Sequence),
		Sequence: d.Sequence, Reference: d.Reference, Kind: ledgerv1.DecisionKind(d.Kind),
		Resource: d.Resource, Person: d.Person, Day: d.Day.String(),
		Commitment: d.Commitment[:], LeafHash: hash[:], Content: contentProto(d.Content),
	}
}

// moneyOf writes the amount of an entry.
func moneyOf(e leaf.Entry) *typev1.Money {
	return rpc.MoneyOf(money.Amount{MinorUnits: e.Amount, Currency: e.Currency})
}

// leafHash hashes the canonical bytes of a leaf.
func leafHash(l interface {
	AppendBinary(dst []byte) ([]byte, error)
}) ([32]byte, error) {
	bytes, err := l.AppendBinary(make([]byte, 0, 512))
	if err != nil {
		return [32]byte{}, fmt.Errorf("hash leaf: %w", err)
	}
	return merkle.LeafHash(bytes), nil
}

func rateProto(r *leaf.Rate) *ledgerv1.ExchangeRate {
	if r == nil {
		return nil
	}
	return &ledgerv1.ExchangeRate{
		FromCurrencyCode: r.From, ToCurrencyCode: r.To, Value: r.Value, Scale: int32(r.Scale),
		Source: r.Source, Day: r.Day.String(),
	}
}

// accountProto writes an account with what was booked on it.
func accountProto(a leaf.Account, b book.Balance) *ledgerv1.Account {
	return &ledgerv1.Account{
		Path: a.Path, CurrencyCode: a.Currency, Debits: &b.Debits, Credits: &b.Credits,
		Balance: b.Net(), Limited: account.Limited(a.Path),
	}
}
