package book

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// digestVersion begins what is hashed, so that no other hash is mistaken for it.
const digestVersion = "solidarity-ledger-request-v1"

// digest is the SHA-256 of a request as repeats are compared: every field that
// the caller gave, ordered sources included, each text behind its length. What
// the ledger assigns (sequence, booking date, accounts chosen) is not part of it.
func digest(d *Draft) [32]byte {
	b := make([]byte, 0, 512)
	b = text(b, digestVersion)
	b = append(b, byte(d.Kind))
	b = text(b, d.Reference)
	b = text(b, d.Source)
	b = binary.BigEndian.AppendUint32(b, uint32(d.OccurredOn))
	b = text(b, d.Reverses)
	b = rate(b, d.Rate)
	b = binary.BigEndian.AppendUint32(b, uint32(len(d.Entries)))
	for _, e := range d.Entries {
		b = text(b, e.Account)
		b = append(b, byte(e.Side))
		b = text(b, e.Amount.Currency)
		b = binary.BigEndian.AppendUint64(b, uint64(e.Amount.MinorUnits))
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(d.Sources)))
	for _, s := range d.Sources {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s.Accounts)))
		for _, path := range s.Accounts {
			b = text(b, path)
		}
		b = text(b, s.Amount.Currency)
		b = binary.BigEndian.AppendUint64(b, uint64(s.Amount.MinorUnits))
	}
	return sha256.Sum256(b)
}

func text(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

func rate(b []byte, r *leaf.Rate) []byte {
	if r == nil {
		return append(b, 0)
	}
	b = append(b, 1)
	b = text(b, r.From)
	b = text(b, r.To)
	b = binary.BigEndian.AppendUint64(b, uint64(r.Value))
	b = append(b, r.Scale)
	b = text(b, r.Source)
	return binary.BigEndian.AppendUint32(b, uint32(r.Day))
}
