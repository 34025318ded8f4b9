package household

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/decision"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// What is decided about families. The ledger's leaf says no more than that something
// was proposed or decided; this stands in its commitment.
const (
	verificationProposed  = "VERIFICATION_PROPOSED"
	verificationConfirmed = "VERIFICATION_CONFIRMED"
	requestApproved       = "REQUEST_APPROVED"
	unsealing             = "UNSEALING"
)

// opening is what a commitment is the SHA-256 of, as JSON. The salt keeps a
// guessed family from being tried out.
type opening struct {
	Kind   string `json:"kind"`
	About  string `json:"about"`
	Person string `json:"person"`
	Day    string `json:"day"`
	Salt   []byte `json:"salt"`
}

// leafOf is the ledger's kind of the leaf for a decision about a family.
func leafOf(kind string) string {
	if kind == verificationProposed {
		return "FAMILY_PROPOSED"
	}
	return "FAMILY_DECIDED"
}

// oweDecision writes that the ledger is owed a decision about a family. The
// ledger learns who, when and a salted commitment; what opens it is sealed under
// the family's key.
func (s *Store) oweDecision(ctx context.Context, tx pgx.Tx, kind, familyID, about, person string) error {
	o := opening{Kind: kind, About: about, Person: person, Day: s.now().Format(time.DateOnly), Salt: make([]byte, 32)}
	rand.Read(o.Salt) // never fails: it aborts the program instead
	plain, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("write decision: %w", err)
	}
	commitment := sha256.Sum256(plain)
	name := reference.FamilyDecision(resource.NewID(resource.KindFamilyDecision))
	sealed, err := s.sealBytes(ctx, openingColumn.At(seal.Family(familyID), name, 1), plain)
	if err != nil {
		return fmt.Errorf("seal decision: %w", err)
	}
	if err := decision.Owe(ctx, tx, s.queue.Enqueue, s.now(), decision.Decision{
		Reference: name, Kind: leafOf(kind), Person: person, Day: o.Day, Commitment: commitment[:],
	}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO decision_openings (reference, family_id, sealed) VALUES ($1, $2, $3)`, name, familyID, sealed)
	if err != nil {
		return fmt.Errorf("store opening of decision: %w", err)
	}
	return nil
}
