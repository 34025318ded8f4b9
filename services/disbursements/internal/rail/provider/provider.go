// Package provider is the rail of payment providers that take a batch as a table: what
// stands in which column of whose files is configuration. What became of the payments comes
// back as a table, too.
package provider

import (
	"context"
	"slices"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// ID is the rail's id.
const ID = "csv"

// Rail is the rail of providers' tables.
type Rail struct {
	*rail.Files
	mappings []Mapping
}

var _ rail.Filer = (*Rail)(nil)

// New returns the rail for the given providers, each of which is a sender.
func New(lines rail.Lines, k *seal.Keyring, mappings []Mapping) *Rail {
	can := rail.Capabilities{ID: ID, Reconciles: true}
	for _, m := range mappings {
		sender := m.sender()
		can.Senders = append(can.Senders, sender)
		if !slices.Contains(can.Currencies, sender.Currency) {
			can.Currencies = append(can.Currencies, sender.Currency)
		}
		for _, f := range sender.Forms {
			if !slices.ContainsFunc(can.Forms, func(x accepted) bool { return x.Form == f.Form }) {
				can.Forms = append(can.Forms, f)
			}
		}
	}
	return &Rail{Files: rail.NewFiles(can, table{mappings}, lines, k), mappings: mappings}
}

// Reconcile reads what a provider says became of its payments.
func (r *Rail) Reconcile(_ context.Context, content []byte) (rail.Report, error) {
	return results(r.mappings, content)
}
