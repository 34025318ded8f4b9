package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/gift"
)

// GiftReport is what a check of a gift's proof found.
type GiftReport = gift.Report

// VerifyGift checks the file by which a gift is proved, against the verifier keys
// ("name+id+key") that are trusted. The error is about the keys; what is wrong with the
// file stands in the report.
func VerifyGift(file []byte, keys []string) (GiftReport, error) {
	trusted := make([]note.Verifier, 0, len(keys))
	for _, text := range keys {
		key, err := checkpoint.ParseVerifier(text)
		if err != nil {
			return GiftReport{}, fmt.Errorf("verify receipt: %w", err)
		}
		trusted = append(trusted, key)
	}
	return gift.Check(file, trusted...), nil
}
