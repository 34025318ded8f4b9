// Package server serves the ledger's gRPC services: it turns protos into drafts
// and leaves into protos, and leaves every rule to the domain. Posting, reading,
// proving and adjusting are one type each.
package server

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// readProto is Transaction with entries that can stand alone.
func readProto(t *leaf.Transaction) (*ledgerv1.Transaction, error) {
	out, err := Transaction(t)
	if err != nil {
		return nil, err
	}
	for _, e := range out.GetEntries() {
		e.Transaction, e.Sequence, e.BookingDate = out.GetName(), out.GetSequence(), out.GetBookingDate()
		e.Kind, e.Source = out.GetKind(), out.GetSource()
	}
	return out, nil
}
