// Package sepa is the rail of SEPA credit transfers: its files are ISO 20022 pain.001,
// which people bring to the bank, and what comes back are statements, camt.053.
package sepa

import (
	"context"
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// ID is the rail's id.
const ID = "sepa"

// currency is what SEPA carries.
const currency = "EUR"

// Rail is the rail of files of SEPA credit transfers.
type Rail struct {
	*rail.Files
	senders []rail.Sender
}

var _ rail.Filer = (*Rail)(nil)

// New returns the rail for the given senders; remittance is the neutral text that
// everybody's bank reads.
func New(lines rail.Lines, k *seal.Keyring, senders []rail.Sender, remittance string, now func() time.Time) *Rail {
	can := rail.Capabilities{
		ID: ID, Currencies: []string{currency}, Senders: senders, Reconciles: true,
		Forms: []payment.Accepted{{Form: payment.FormBankAccount, Schemes: []payment.Scheme{payment.SchemeSEPA}}},
	}
	f := format{senders: senders, remittance: remittance, now: now}
	return &Rail{Files: rail.NewFiles(can, f, lines, k), senders: senders}
}

// Reconcile reads the statements of a file, each of a sender's account.
func (r *Rail) Reconcile(_ context.Context, content []byte) (rail.Report, error) {
	return reconcile(r.senders, content)
}
