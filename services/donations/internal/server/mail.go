package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/mail"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// mailOf seals the address of a donor who wants to be told, nil where there is none.
func (s *Server) mailOf(ctx context.Context, in *donationsv1.Pledge, id string) (*pledge.Mail, error) {
	if in.GetDonorEmail() == "" {
		if in.GetLanguage() != "" {
			return nil, fault.Field("language", fault.FieldNotPossible, "is possible only with donorEmail")
		}
		return nil, nil //nolint:nilnil // nobody is told
	}
	if !s.Mails {
		return nil, fault.Field("donorEmail", fault.FieldNotPossible, "is not possible here: this installation sends no e-mail")
	}
	address, err := mail.Address("donorEmail", in.GetDonorEmail())
	if err != nil {
		return nil, err
	}
	language, err := languageOf(ctx, in)
	if err != nil {
		return nil, err
	}
	donor := seal.Donor(id)
	if err := s.Keys.Create(ctx, donor); err != nil {
		return nil, err
	}
	sealed, err := s.Keys.SealJSON(ctx, store.Mails.At(donor, id, 1), address)
	return &pledge.Mail{Sealed: sealed, Language: string(language)}, err
}
