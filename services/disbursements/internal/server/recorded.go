package server

import (
	"context"
	"crypto/sha256"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/internal/wallet"
)

// RecordPaymentSent is one of the two hands that say that a payment was carried out.
func (s *Server) RecordPaymentSent(ctx context.Context, req *disbursementsv1.RecordPaymentSentRequest) (*disbursementsv1.Payment, error) {
	return s.say(ctx, req.GetName(), store.Said{
		Verb: payment.RecordSent, On: req.GetOccurredOn(), Evidence: req.GetEvidenceSha256(), Transaction: req.GetTransactionId(), Correct: req.GetCorrect(),
	})
}

// RecordPaymentDelivery is one of the two hands that say that cash was handed over.
func (s *Server) RecordPaymentDelivery(ctx context.Context, req *disbursementsv1.RecordPaymentDeliveryRequest) (*disbursementsv1.Payment, error) {
	return s.say(ctx, req.GetName(), store.Said{
		Verb: payment.RecordDelivery, On: req.GetOccurredOn(), Evidence: req.GetEvidenceSha256(), Correct: req.GetCorrect(),
	})
}

// say checks what a person says about a payment, and keeps it.
func (s *Server) say(ctx context.Context, name string, said store.Said) (*disbursementsv1.Payment, error) {
	id, err := paymentID("name", name)
	if err != nil {
		return nil, err
	}
	if err := s.checkSaid(said); err != nil {
		return nil, err
	}
	y, err := s.Store.Payment(ctx, id)
	if err != nil {
		return nil, err
	}
	settings, err := s.Store.Settings(ctx, person(ctx), y)
	if err != nil {
		return nil, err
	}
	sender := s.configured(store.SenderSwitch{Rail: settings[id].Rail, ID: settings[id].Sender})
	if said.Way = s.way(settings[id].Rail, sender); said.Way.Has(said.Verb) {
		if said.Transaction, err = transaction(sender, said.Transaction); err != nil {
			return nil, err
		}
	}
	said.PaymentID, said.Person = id, person(ctx)
	if err := s.Store.Say(ctx, said); err != nil {
		return nil, err
	}
	return s.payment(ctx, id)
}

// checkSaid checks what every record has.
func (s *Server) checkSaid(said store.Said) error {
	if len(said.Evidence) != sha256.Size {
		return fault.Field("evidenceSha256", fault.FieldWrongLength, "must be the SHA-256 of what proves it, 32 bytes")
	}
	day, err := rpc.ParseDay("occurredOn", said.On)
	if err != nil {
		return err
	}
	if day.After(s.Now().UTC()) {
		return fault.Field("occurredOn", fault.FieldInTheFuture, "must be a day that is not in the future")
	}
	return nil
}

// transaction checks the id of a transaction, which senders to wallets have and no others.
func transaction(sender rail.Sender, id string) (string, error) {
	if sender.Network != "" {
		return wallet.TransactionField("transactionId", sender.Network, id)
	}
	if id != "" {
		return "", fault.Field("transactionId", fault.FieldNotAllowed, "must be empty: the sender pays to no wallets")
	}
	return "", nil
}

// way is what a rail and one of its senders have people do; nothing where they are no
// longer configured.
func (s *Server) way(railID string, sender rail.Sender) payment.Way {
	r, err := s.Rails.Find(railID)
	if err != nil || sender.ID == "" {
		return payment.Way{}
	}
	return payment.Way{Records: r.Capabilities().Records, Cash: sender.Cash}
}
