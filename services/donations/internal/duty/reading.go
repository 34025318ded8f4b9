package duty

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// read says what a payment's objects mean.
func read(pi stripeapi.PaymentIntent) (donation.Reading, error) {
	r := donation.Reading{
		Pledge: pi.Reference, Payment: donation.Payment{IntentID: pi.ID}, State: stateOf(pi), Charged: pi.Amount,
	}
	if r.State == donation.Failed && pi.FailureCode != "" {
		r.Failure = donation.Declined
	}
	if r.State != donation.Succeeded {
		return r, nil
	}
	charge := pi.LatestCharge
	if charge == nil || charge.Balance == nil {
		return r, fault.New(fault.Unavailable, fault.ReasonPaymentNotSettledYet, "The payment processor has not credited the payment yet.")
	}
	b := charge.Balance
	if pi.Received != pi.Amount || b.Gross.MinorUnits <= 0 || b.Fee.MinorUnits < 0 || b.Gross.MinorUnits-b.Fee.MinorUnits != b.Net.MinorUnits {
		return r, fault.New(fault.Precondition, fault.ReasonAmountDiffers, "The payment processor's figures do not add up.")
	}
	r.Payment.ChargeID, r.Payment.BalanceID = charge.ID, b.ID
	r.Settled = &donation.Settlement{Gross: b.Gross, Fee: b.Fee, Rate: b.ExchangeRate, ReceivedOn: day(b.Created)}
	return r, nil
}

// stateOf translates Stripe's word for a payment's status.
func stateOf(pi stripeapi.PaymentIntent) donation.State {
	switch {
	case pi.Status == "succeeded":
		return donation.Succeeded
	case pi.Status == "canceled", pi.Status == "requires_payment_method" && pi.FailureCode != "":
		return donation.Failed
	default:
		return donation.Pending
	}
}

func day(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
