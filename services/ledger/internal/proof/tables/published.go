package tables

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// Published is the row of a published checkpoint.
type Published struct {
	// Size and Root are what the row says beside the note.
	Size int64
	Root merkle.Hash
	// Previous is the size of the checkpoint before it, -1 for the first.
	Previous int64
	// Note is the signed note, with the cosignatures that are kept.
	Note []byte
}

var errPublished = errors.New("not a list of checkpoints")

// Key is a key that signs for the log, or did.
type Key struct {
	// Verifier is the verifier key.
	Verifier string
	// Endorsement is the signature of the key before it over this one; empty for
	// the first.
	Endorsement string
}

// List is a part of the published checkpoints, the smallest first.
type List struct {
	// Keys are those of the log so far, the first one first; each part has them
	// all.
	Keys []Key
	// Checkpoints are the rows.
	Checkpoints []Published
}

// Append appends the list: a line for each key, and for each checkpoint a line about
// its row, which ends with the number of bytes of the note, and the note.
func (l List) Append(dst []byte) []byte {
	for _, key := range l.Keys {
		dst = fmt.Appendf(dst, "key\t%s\t%s\n", Plain(key.Verifier), Plain(key.Endorsement))
	}
	for _, p := range l.Checkpoints {
		dst = fmt.Appendf(dst, "checkpoint\t%d\t%s\t%d\t%d\n", p.Size, base64.StdEncoding.EncodeToString(p.Root[:]), p.Previous, len(p.Note))
		dst = append(dst, p.Note...)
	}
	return dst
}

// ParseList reads what Append writes. The notes are parts of its bytes.
func ParseList(text []byte) (List, error) {
	var l List
	for len(text) > 0 {
		line, rest, found := bytes.Cut(text, []byte{'\n'})
		if !found {
			return List{}, errPublished
		}
		if key, ok := strings.CutPrefix(string(line), "key\t"); ok {
			vkey, endorsement, _ := strings.Cut(key, "\t")
			l.Keys, text = append(l.Keys, Key{vkey, endorsement}), rest
			continue
		}
		p, length, err := parsePublished(string(line))
		if err != nil || length > int64(len(rest)) {
			return List{}, errPublished
		}
		p.Note, text = rest[:length], rest[length:]
		l.Checkpoints = append(l.Checkpoints, p)
	}
	return l, nil
}

// parsePublished reads the line about a row, and the length of the note behind it.
func parsePublished(line string) (p Published, length int64, err error) {
	f := strings.Split(line, "\t")
	if len(f) != 5 || f[0] != "checkpoint" {
		return p, 0, errPublished
	}
	var n numbers
	p.Size, p.Previous, length = n.at(f[1]), n.at(f[3]), n.at(f[4])
	root, err := base64.StdEncoding.Strict().DecodeString(f[2])
	if err != nil || n.err != nil || len(root) != len(p.Root) || length < 0 {
		return p, 0, errPublished
	}
	copy(p.Root[:], root)
	return p, length, nil
}
