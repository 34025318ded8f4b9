package household

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/confirmation"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// IssuedCode is what a family confirms a payment with.
type IssuedCode struct {
	// Handle names the payment to the family, "h_…".
	Handle string
	// Code is empty where it was issued by an earlier call with the same key.
	Code string
	// ByOwner is true where the owner of the case asked for it.
	ByOwner bool
	// Channels are those over which it is passed on, with all that is sealed; told with the
	// code, once.
	Channels []family.Contact
}

// IssueCode makes the code of a payment; only HMACs of it are kept. A person who asks is
// shown how to pass it on, which is on record.
func (s *Store) IssueCode(ctx context.Context, payment, familyID, person string) (IssuedCode, error) {
	var issued IssuedCode
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		f, err := s.lockFamily(ctx, tx, family.Scope{All: true}, familyID)
		if err != nil {
			return "", err
		}
		issued = IssuedCode{Code: confirmation.NewCode()}
		if err := s.insertCode(ctx, tx, payment, f, person, issued.Code); err != nil || person == "" {
			return payment, err
		}
		known, entered, err := s.channels(ctx, tx, familyID)
		if err != nil {
			return "", err
		}
		issued.Channels = family.Callable(known, entered)
		return payment, s.noteRead(ctx, tx, person, s.cover(seal.Family(familyID), person), family.PurposeCall)
	})
	if postgres.Violates(err, "confirmation_codes_pkey") {
		return IssuedCode{}, fault.New(fault.AlreadyExists, fault.ReasonCodeIssued, "The payment has a code already.").With(err)
	}
	if err != nil {
		return IssuedCode{}, err
	}
	if err := s.db.Pool.QueryRow(ctx, `
		SELECT by_owner FROM confirmation_codes WHERE payment = $1`, payment).Scan(&issued.ByOwner); err != nil {
		return IssuedCode{}, fmt.Errorf("read code of %s: %w", payment, err)
	}
	handle, err := s.digest(ctx, seal.Family(familyID), "handle", []byte(payment))
	if err != nil {
		return IssuedCode{}, err
	}
	issued.Handle = "h_" + hex.EncodeToString(handle[:16])
	return issued, nil
}

func (s *Store) insertCode(ctx context.Context, tx pgx.Tx, payment string, f family.Family, person, code string) error {
	registered, err := s.registration(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	right, err := s.codeDigest(ctx, f.ID, payment, code)
	if err != nil {
		return err
	}
	altered, err := s.codeDigest(ctx, f.ID, payment, confirmation.Alter(registered.rule, code))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO confirmation_codes (payment, family_id, issuer, by_owner, right_digest, altered_digest, issued_on)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, payment, f.ID, person, person == f.Owner, right, altered, s.today())
	return err
}

func (s *Store) codeDigest(ctx context.Context, familyID, payment, code string) ([]byte, error) {
	digest, err := s.digest(ctx, seal.Family(familyID), "code", []byte(payment+"|"+code))
	if err != nil {
		return nil, fmt.Errorf("digest code of %s: %w", payment, err)
	}
	return digest, nil
}

// storedCode is a code as it is kept.
type storedCode struct {
	familyID       string
	right, altered []byte
	tries          int
	accepted       bool
}

// JudgeCode counts a try and says whether the code is accepted. What kind of
// code it was is sealed; both kinds take the same path and write the same bytes.
func (s *Store) JudgeCode(ctx context.Context, payment, code string) (bool, error) {
	var accepted bool
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, err := lockCode(ctx, tx, payment)
		if err != nil {
			return err
		}
		if err := confirmation.CheckTries(c.tries, c.accepted); err != nil {
			return err
		}
		given, err := s.codeDigest(ctx, c.familyID, payment, code)
		if err != nil {
			return err
		}
		right, altered := hmac.Equal(given, c.right), hmac.Equal(given, c.altered)
		accepted = right || altered
		return s.noteTry(ctx, tx, payment, c, confirmation.VerdictOf(right), accepted)
	})
	return accepted && err == nil, err
}

func lockCode(ctx context.Context, tx pgx.Tx, payment string) (storedCode, error) {
	var c storedCode
	err := tx.QueryRow(ctx, `
		SELECT family_id, right_digest, altered_digest, tries, accepted FROM confirmation_codes
		WHERE payment = $1 FOR UPDATE`, payment).Scan(&c.familyID, &c.right, &c.altered, &c.tries, &c.accepted)
	if postgres.IsNotFound(err) {
		return c, fault.Missing("code")
	}
	if err != nil {
		return c, fmt.Errorf("read code of %s: %w", payment, err)
	}
	return c, nil
}

func (s *Store) noteTry(ctx context.Context, tx pgx.Tx, payment string, c storedCode, v confirmation.Verdict, accepted bool) error {
	verdict, err := s.sealBytes(ctx, verdictColumn.At(seal.Family(c.familyID), payment, 1), v.Bytes())
	if err != nil {
		return fmt.Errorf("seal verdict of %s: %w", payment, err)
	}
	if !accepted {
		verdict = nil
	}
	_, err = tx.Exec(ctx, `
		UPDATE confirmation_codes SET tries = tries + 1, accepted = $2, verdict_sealed = $3
		WHERE payment = $1`, payment, accepted, verdict)
	if err != nil {
		return fmt.Errorf("note try of %s: %w", payment, err)
	}
	return nil
}
