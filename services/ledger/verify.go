package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// VerifyReport is what a verification found.
type VerifyReport = verify.Report

// VerifyOptions says which ledger is verified and against what. Exactly one of
// Dir and URL is set.
type VerifyOptions struct {
	// Dir is the folder of an export.
	Dir string
	// URL is the log's address on a running server, for example
	// "https://example.org/log"; Token is an auditor's and Client makes the
	// calls.
	URL    string
	Token  string
	Client *http.Client
	// Keys holds the verifier keys ("name+id+key") that are trusted to sign for
	// the log; without any, signatures are not checked.
	Keys []string
	// Policy is the text of a C2SP tlog-policy; nil asks for no witness.
	Policy []byte
	// Kept is a signed checkpoint that was kept from an earlier time.
	Kept []byte
	// Progress is told how many of how many leaves are done; it may be nil.
	Progress func(done, total int64)
}

// Verify recomputes a ledger from its first leaf to its last. The error is about
// reading and the options; what is wrong with the ledger stands in the report,
// whose OK says whether anything is.
func Verify(ctx context.Context, o VerifyOptions) (VerifyReport, error) {
	v := verify.Options{Kept: o.Kept, Progress: o.Progress}
	for _, text := range o.Keys {
		key, err := checkpoint.ParseVerifier(text)
		if err != nil {
			return VerifyReport{}, fmt.Errorf("verify ledger: %w", err)
		}
		v.Keys = append(v.Keys, key)
	}
	if o.Policy != nil {
		policy, err := checkpoint.ParsePolicy(o.Policy)
		if err != nil {
			return VerifyReport{}, fmt.Errorf("verify ledger: %w", err)
		}
		v.Policy = &policy
	}
	switch {
	case (o.Dir == "") == (o.URL == ""):
		return VerifyReport{}, errors.New("verify ledger: give either a folder or an address")
	case o.URL != "":
		v.Source = bundle.HTTP{Prefix: o.URL, Token: o.Token, Client: o.Client}
	default:
		manifest, err := bundle.ReadManifest(o.Dir)
		if err != nil {
			return broken(err)
		}
		v.Source, v.Manifest = bundle.Dir(o.Dir), manifest
	}
	report, err := verify.Run(ctx, v)
	if err != nil {
		return VerifyReport{}, fmt.Errorf("verify ledger: %w", err)
	}
	return report, nil
}

// broken reports a manifest that is there but not as an export writes it.
func broken(err error) (VerifyReport, error) {
	if !errors.Is(err, bundle.ErrManifest) {
		return VerifyReport{}, fmt.Errorf("verify ledger: %w", err)
	}
	return VerifyReport{Findings: []verify.Finding{{
		Sequence: verify.Whole, Rule: verify.RuleManifest, Words: tables.Plain(err.Error()),
	}}}, nil
}

// CheckpointOrigin returns the origin line of a signed checkpoint, for those who
// choose a key by it.
func CheckpointOrigin(signed []byte) (string, error) {
	c, err := checkpoint.Unverified(signed)
	return c.Origin, err
}
