package service

import (
	"errors"
	"fmt"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
	"github.com/solidarity-fund/solidarity/services/internal/signin"
)

// settle checks all that can be checked on this machine: the settings and the files
// that they name.
func (s *Service) settle(c Config) error {
	wrong := []error{c.Check(), s.issuer().Check()}
	var err error
	if s.secrets, err = seal.LoadMaster(s.config.SecretFile, s.config.Development); err != nil {
		wrong = append(wrong, err)
	}
	if s.identity, err = mtls.Load(s.config.TLSDir); err != nil {
		wrong = append(wrong, err)
	}
	if err := errors.Join(wrong...); err != nil {
		return fmt.Errorf("settings: %w", oneLine{err})
	}
	return nil
}

// issuer says whose tokens staff bring.
func (s *Service) issuer() signin.Issuer {
	return signin.Issuer{Address: s.config.OIDCIssuer, Audience: s.config.OIDCAudience, TokenLife: s.config.OIDCTokenLife}
}

// oneLine tells joined errors on one line.
type oneLine struct{ joined error }

// Error returns their texts.
func (o oneLine) Error() string { return strings.ReplaceAll(o.joined.Error(), "\n", "; ") }

// Unwrap returns the errors.
func (o oneLine) Unwrap() error { return o.joined }
