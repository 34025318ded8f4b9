package payment

import (
	"bytes"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Way is what a rail and its sender have people do.
type Way struct {
	// Records says that people say what became of its payments, Cash that a courier
	// carries them.
	Records, Cash bool
}

// Has reports whether people record payments of this way by a verb.
func (w Way) Has(v Verb) bool {
	return w.Records && (v == RecordDelivery) == w.Cash
}

// Record is what a person says about an attempt that was carried out by hand.
type Record struct {
	// On is the day, "2026-11-24".
	On string
	// Evidence and Transaction are keyed digests of what proves it; Transaction is nil
	// where there is none.
	Evidence, Transaction []byte
	// RecordedBy and ConfirmedBy are pseudonyms of two people, ConfirmedBy empty before.
	RecordedBy, ConfirmedBy string
}

// Agrees reports, as a fault, that another record says something else.
func (r Record) Agrees(other Record) error {
	if r.On != other.On || !bytes.Equal(r.Evidence, other.Evidence) || !bytes.Equal(r.Transaction, other.Transaction) {
		return fault.New(fault.Precondition, fault.ReasonRecordDiffers, "Somebody has recorded something else about the payment.")
	}
	return nil
}

// NotRecorded is the fault for recording what people do not record of the payment.
func NotRecorded() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonRailCannot, "People do not record that about payments of this rail and sender.")
}
