package store

import (
	"encoding/base32"
	"strings"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// The bank knows an attempt and a file by an id. Whoever has the bank's record and a
// dump must not be able to put the two side by side, so no table holds such an id: it is
// made, by the service's secret, of what it names. The tables hold its digest, by which
// a statement's lines find their attempts.

// attemptID is the end-to-end id of an attempt.
func (s *Store) attemptID(paymentID string, number int) string {
	return s.bankID("attempts", payment.AttemptName(paymentID, number))
}

// messageID is the name of a file at the bank.
func (s *Store) messageID(fileID string) string { return s.bankID("payment_files", fileID) }

// bankID makes 26 letters and digits, since banks take no underscore.
func (s *Store) bankID(table, id string) string {
	mac := s.rows.Sign(rowmac.NewRow("bank's id: "+table, id, 1))
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(mac[:16]))
}

// digested is the digest of what the bank knows, too.
func (s *Store) digested(what string) []byte { return s.veil(what) }

// hidden makes digests under the service's secret.
func (s *Store) hidden(what string) []byte {
	return s.rows.Sign(rowmac.NewRow("bank's record", what, 1))
}

// allDigested are the digests of a list.
func (s *Store) allDigested(list []string) [][]byte {
	digests := make([][]byte, len(list))
	for i, what := range list {
		digests[i] = s.digested(what)
	}
	return digests
}
