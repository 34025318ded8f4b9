package period

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
)

// Digest is the SHA-256 of everything that was proposed: what a confirmation
// names. It stands in no leaf; the figures do.
func (c Close) Digest() [32]byte {
	var b digest
	b.text("solidarity-period-close-v1", c.ID, c.Proposer)
	b.numbers(int64(c.First), int64(c.Last), int64(c.ProposedOn), int64(len(c.Review.Figures)))
	for _, f := range c.Review.Figures {
		b.text(f.Class, f.Currency)
		b.numbers(f.Balance)
	}
	b.numbers(c.Review.Accounts)
	b = append(b, c.Review.TrialBalance[:]...)
	for _, list := range [][]Comparison{c.Review.Banks, c.Review.Stripe} {
		b.numbers(int64(len(list)))
		for _, x := range list {
			b.account(x.Account)
			b.numbers(x.Books, x.Outside, int64(x.StatementDay))
		}
	}
	b.numbers(int64(len(c.Review.Items)))
	for _, i := range c.Review.Items {
		b.account(i.Account)
		b.numbers(i.Balance, int64(i.Oldest))
		b.numbers(i.Ages[:]...)
	}
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

func (b *digest) account(a book.Account) { b.text(a.Path, a.Currency) }
