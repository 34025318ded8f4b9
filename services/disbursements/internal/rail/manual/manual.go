// Package manual is the rail of what people carry out with their own hands: transfers that
// they type, bills, parcels, wallets and couriers' cash. Its files are sheets that say what
// to do, sealed and fetched as files for a bank are; what became of a payment two people
// say, or a statement where the transfer bears its end-to-end id.
package manual

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// ID is the rail's id.
const ID = "manual"

// Rail is the rail of payments by hand.
type Rail struct{ *rail.Files }

var _ rail.Filer = (*Rail)(nil)

// New returns the rail for the given senders, each with the forms that leave from it.
func New(lines rail.Lines, k *seal.Keyring, senders []rail.Sender) *Rail {
	can := rail.Capabilities{ID: ID, Senders: senders, Records: true}
	for _, s := range senders {
		if !slices.Contains(can.Currencies, s.Currency) {
			can.Currencies = append(can.Currencies, s.Currency)
		}
		for _, f := range s.Forms {
			can.Forms = with(can.Forms, f)
		}
	}
	return &Rail{Files: rail.NewFiles(can, sheet{can: can}, lines, k)}
}
