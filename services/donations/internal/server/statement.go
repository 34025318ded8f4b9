package server

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/dispute"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pan"
	"github.com/solidarity-fund/solidarity/services/donations/internal/sheet"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

const (
	// firstYear is the first that a statement can be had of.
	firstYear = 2020
	// maxName bounds a name on a statement, in characters.
	maxName = 200
)

// PrintReceipt writes the payments of the gift that a token belongs to.
func (s *Server) PrintReceipt(ctx context.Context, req *donationsv1.PrintReceiptRequest) (*donationsv1.ReceiptSheet, error) {
	language, err := languageOf(ctx, req)
	if err != nil {
		return nil, err
	}
	payments, err := s.booked(ctx, req.GetReceiptToken())
	if err != nil {
		return nil, err
	}
	return s.print(sheet.Page{Language: language, Payments: payments})
}

// WriteTaxStatement writes those of a year, for a name that is kept nowhere.
func (s *Server) WriteTaxStatement(ctx context.Context, req *donationsv1.WriteTaxStatementRequest) (*donationsv1.ReceiptSheet, error) {
	language, err := languageOf(ctx, req)
	if err != nil {
		return nil, err
	}
	name, err := nameOf(req.GetDonorName())
	if err != nil {
		return nil, err
	}
	year := int(req.GetYear())
	if year < firstYear || year > s.now().Year() {
		return nil, fault.Field("year", fault.FieldOutOfRange, "must be from 2020 to this year")
	}
	payments, err := s.booked(ctx, req.GetReceiptToken())
	if err != nil {
		return nil, err
	}
	page := sheet.Page{Language: language, Year: year, Name: name}
	for _, p := range payments {
		if p.On.Year() == year {
			page.Payments = append(page.Payments, p)
		}
	}
	if len(page.Payments) == 0 {
		return nil, fault.Field("year", fault.FieldNotPossible, "must be one in which a payment was booked")
	}
	return s.print(page)
}

func (s *Server) print(page sheet.Page) (*donationsv1.ReceiptSheet, error) {
	page.Issuer, page.MadeOn = s.Issuer, s.now()
	html, err := s.Printer.Print(page)
	if err != nil {
		return nil, err
	}
	return &donationsv1.ReceiptSheet{Html: html}, nil
}

// nameOf reads a name as somebody types it in.
func nameOf(text string) (string, error) {
	name := strings.TrimSpace(text)
	switch {
	case name == "":
		return "", fault.Field("donorName", fault.FieldRequired, "is required")
	case utf8.RuneCountInString(name) > maxName:
		return "", fault.Field("donorName", fault.FieldTooLong, "must have at most 200 characters")
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", fault.Field("donorName", fault.FieldNotPossible, "must be one line of text")
	}
	return name, pan.Refuse("donorName", name)
}

// booked are the payments of a token's gift that the ledger has booked, oldest first.
func (s *Server) booked(ctx context.Context, token string) ([]sheet.Payment, error) {
	p, err := s.held(ctx, token)
	if err != nil {
		return nil, err
	}
	all, err := s.Store.PaymentsOf(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	var list []sheet.Payment
	for i := len(all) - 1; i >= 0; i-- {
		if d := all[i]; d.PostedAt != nil {
			list = append(list, sheet.Payment{On: d.Settled.ReceivedOn.In(time.UTC), Paid: d.Charged, Returned: returned(d)})
		}
	}
	return list, nil
}

// returned is what has gone back of a payment: all of it where its bank took it.
func returned(d donation.Donation) money.Amount {
	if d.Dispute == dispute.Lost {
		return d.Charged
	}
	return money.Amount{MinorUnits: d.Refunded, Currency: d.Charged.Currency}
}
