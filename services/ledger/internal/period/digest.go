package period

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Digest is the SHA-256 of everything that was proposed: what a confirmation
// names, and the commitment of the decision that stands before the leaf. Its layout
// is that of docs/ledger-format.md.
func (c Close) Digest() [32]byte {
	var b digest
	b.text("solidarity-period-close-v1", c.ID, c.Proposer)
	b.numbers(int64(c.First), int64(c.Last), int64(c.ProposedOn), c.Size)
	b.review(c.Review)
	return sha256.Sum256(b)
}

// digest is the SHA-256 of a review alone.
func (r Review) digest() [32]byte {
	var b digest
	b.review(r)
	return sha256.Sum256(b)
}

// digest collects what is hashed: texts behind their length, numbers of eight
// bytes.
type digest []byte

func (b *digest) text(texts ...string) {
	for _, s := range texts {
		*b = append(binary.BigEndian.AppendUint32(*b, uint32(len(s))), s...)
	}
}

func (b *digest) numbers(numbers ...int64) {
	for _, n := range numbers {
		*b = binary.BigEndian.AppendUint64(*b, uint64(n))
	}
}

func (b *digest) review(r Review) {
	b.numbers(int64(len(r.Figures)))
	for _, f := range r.Figures {
		b.text(f.Class, f.Currency)
		b.numbers(f.Balance)
	}
	b.numbers(r.Accounts)
	*b = append(*b, r.TrialBalance[:]...)
	for _, list := range [][]Comparison{r.Banks, r.Stripe} {
		b.numbers(int64(len(list)))
		for _, x := range list {
			b.account(x.Account)
			b.numbers(x.Books, x.Outside, int64(x.StatementDay))
			b.text(x.Statement.Name, string(x.Statement.SHA256[:]), x.Statement.Importer)
		}
	}
	b.numbers(int64(len(r.Items)))
	for _, i := range r.Items {
		b.account(i.Account)
		b.numbers(i.Balance, int64(i.Oldest))
		b.numbers(i.Ages[:]...)
	}
}

func (b *digest) account(a leaf.Account) { b.text(a.Path, a.Currency) }
