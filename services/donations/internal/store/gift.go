package store

import (
	"github.com/solidarity-fund/solidarity/services/donations/internal/dispute"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/movement"
	"github.com/solidarity-fund/solidarity/services/donations/internal/refund"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// GiftOf is what a request for a refund must know of a donation.
func GiftOf(d donation.Donation) refund.Gift {
	return refund.Gift{
		Received: d.State == donation.Succeeded, Disputed: d.Dispute == dispute.Open || d.Dispute == dispute.Lost,
		Waits: d.RefundWaits != "", Cleared: d.HasCleared,
		Left: money.Amount{MinorUnits: d.Charged.MinorUnits - d.Refunded, Currency: d.Charged.Currency},
	}
}

// movementOf is the movement of the balance by which a payment came.
func movementOf(r donation.Reading) movement.Movement {
	return movement.Movement{
		BalanceID: r.Payment.BalanceID, Source: r.Payment.ChargeID, Gross: r.Settled.Gross, Fee: r.Settled.Fee, Net: r.Settled.Net(),
		OccurredAt: r.Settled.ReceivedOn,
	}
}
