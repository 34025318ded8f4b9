package derived

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/merkle"
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

// AppendPublished appends a checkpoint to a list: a line about the row, which
// ends with the number of bytes of the note, and the note.
func AppendPublished(dst []byte, p Published) []byte {
	dst = fmt.Appendf(dst, "checkpoint\t%d\t%s\t%d\t%d\n", p.Size, base64.StdEncoding.EncodeToString(p.Root[:]), p.Previous, len(p.Note))
	return append(dst, p.Note...)
}

// ParsePublished reads a list of checkpoints. The notes are parts of its bytes.
func ParsePublished(list []byte) ([]Published, error) {
	var out []Published
	for len(list) > 0 {
		line, rest, found := bytes.Cut(list, []byte{'\n'})
		f := strings.Split(string(line), "\t")
		if !found || len(f) != 5 || f[0] != "checkpoint" {
			return nil, errPublished
		}
		var n numbers
		p := Published{Size: n.at(f[1]), Previous: n.at(f[3])}
		length := n.at(f[4])
		root, err := base64.StdEncoding.Strict().DecodeString(f[2])
		if err != nil || n.err != nil || len(root) != len(p.Root) || length < 0 || length > int64(len(rest)) {
			return nil, errPublished
		}
		copy(p.Root[:], root)
		p.Note, list = rest[:length], rest[length:]
		out = append(out, p)
	}
	return out, nil
}
