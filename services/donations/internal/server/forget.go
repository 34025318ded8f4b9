package server

import (
	"context"

	"google.golang.org/grpc/metadata"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/sheet"
)

// ForgetGiving forgets the donor whom a token belongs to.
func (s *Server) ForgetGiving(ctx context.Context, req *donationsv1.ForgetGivingRequest) (*donationsv1.Receipt, error) {
	language, err := languageOf(ctx, req)
	if err != nil {
		return nil, err
	}
	p, err := s.found(ctx, req.GetReceiptToken())
	if err != nil {
		return nil, err
	}
	if p, err = s.Store.ForgetPledge(ctx, p.ID); err != nil {
		return nil, err
	}
	return farewell(p, language), nil
}

// languageOf is the language of an answer: the request's, or one that the browser accepts.
func languageOf(ctx context.Context, req interface{ GetLanguage() string }) (sheet.Language, error) {
	return sheet.Choose(req.GetLanguage(), metadata.ValueFromIncomingContext(ctx, "accept-language"))
}

// receiptOrNotice shows a gift, or that it was forgotten.
func (s *Server) receiptOrNotice(ctx context.Context, p pledge.Pledge, language sheet.Language) (*donationsv1.Receipt, error) {
	if p.ForgottenOn != nil {
		return farewell(p, language), nil
	}
	return s.receiptOf(ctx, p)
}

// farewell is all that is shown of a gift that was forgotten.
func farewell(p pledge.Pledge, language sheet.Language) *donationsv1.Receipt {
	return &donationsv1.Receipt{ForgottenOn: dayIfAny(p.ForgottenOn), Notice: sheet.Forgotten(language)}
}
