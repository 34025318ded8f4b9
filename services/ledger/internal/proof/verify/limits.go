package verify

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

// A source that is not trusted could go on for ever; these bound what is taken from
// one that is wrong.
const (
	// maxLost is how many files may be missing.
	maxLost = 20
	// maxFound is how many findings are counted.
	maxFound = 10_000
	// maxPages is how many pages of published checkpoints, of a hundred each, are
	// looked through for one that a given key has signed.
	maxPages = 500
	// maxKeys is how many keys a log may have had.
	maxKeys = 1000
)

// errStop ends a verification in which enough is wrong.
var errStop = errors.New("enough is wrong")

// full reports whether a report has found enough.
func (r *Report) full() bool { return int64(len(r.Findings))+r.More >= maxFound }

// stopped notes that a verification was stopped, and returns any other error.
func (v *verification) stopped(err error) error {
	if errors.Is(err, errStop) {
		v.report.Stopped = true
		return nil
	}
	return err
}

// enough ends the verification where enough is wrong.
func (v *verification) enough() error {
	if v.lost >= maxLost || v.report.full() {
		return errStop
	}
	return nil
}

// reach returns how many leaves are worth reading: all where no key is given, or a
// given key has signed the checkpoint, or one that follows from it by endorsements.
// Who has none of these could show a log without an end; then it is those of the last
// published checkpoint that such a key has signed.
func (v *verification) reach(ctx context.Context, signed []byte, ring *keyring) (int64, error) {
	if len(v.Keys) == 0 || signedBy(signed, v.Keys) {
		return v.head.Size, nil
	}
	source, live := v.Source.(tabled)
	if !live {
		return 0, nil
	}
	walk := keyring{trusted: ring.trusted}
	list := published{source: source, ring: &walk}
	size, begun := int64(0), false
	for pages := 0; pages < maxPages; {
		if len(list.page) == 0 {
			pages++
		}
		c, err := list.next(ctx)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errList) {
			break // the stream reports it
		}
		if err != nil {
			return 0, err
		}
		if signedBy(signed, walk.chain()) {
			return v.head.Size, nil
		}
		if c == nil || c.Size > v.head.Size {
			break
		}
		if signedBy(c.Note, walk.chain()) {
			size, begun = c.Size, true
		} else if begun {
			break
		}
		list.page = list.page[1:]
	}
	return size, nil
}

// signedBy reports whether one of the keys has signed a checkpoint.
func signedBy(signed []byte, keys []note.Verifier) bool {
	return slices.ContainsFunc(keys, func(key note.Verifier) bool {
		_, _, err := checkpoint.Open(signed, key)
		return err == nil
	})
}

// chain returns the trusted keys and those that they endorse, one after the other.
func (k *keyring) chain() []note.Verifier {
	chain := keyring{trusted: slices.Clone(k.trusted)}
	for i := 1; i < len(k.declared); i++ {
		old, err := checkpoint.ParseVerifier(k.declared[i-1].Verifier)
		if err != nil || !chain.has(old) {
			continue
		}
		key, err := checkpoint.ParseVerifier(k.declared[i].Verifier)
		if err == nil && checkpoint.CheckEndorsement(k.declared[i].Endorsement, old, i+1, k.declared[i].Verifier) == nil {
			chain.trusted = append(chain.trusted, key)
		}
	}
	return chain.trusted
}
