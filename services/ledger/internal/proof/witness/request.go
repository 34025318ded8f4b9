package witness

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

const (
	// maxRequest bounds a request in bytes.
	maxRequest = 1 << 16
	// maxProof bounds the hashes of a proof; a tree of 2^63 leaves needs no more.
	maxProof = 63
)

var errRequest = errors.New("not a request to add a checkpoint")

// request asks a witness to cosign a checkpoint.
type request struct {
	// old is the size that the asker believes the witness has seen last.
	old int64
	// proof leads from the tree of that size to the one of the checkpoint.
	proof []merkle.Hash
	// signed is the signed checkpoint.
	signed []byte
}

// marshal writes the request as C2SP tlog-witness has it.
func (r request) marshal() []byte {
	var out bytes.Buffer
	out.WriteString("old " + strconv.FormatInt(r.old, 10) + "\n")
	for _, h := range r.proof {
		out.WriteString(h.String() + "\n")
	}
	out.WriteString("\n")
	out.Write(r.signed)
	return out.Bytes()
}

// parseRequest reads what marshal writes, and nothing else.
func parseRequest(body []byte) (request, error) {
	head, signed, found := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	size, ok := strings.CutPrefix(lines[0], "old ")
	if !found || !ok || len(lines) > 1+maxProof {
		return request{}, errRequest
	}
	old, err := strconv.ParseInt(size, 10, 64)
	if err != nil || old < 0 || strconv.FormatInt(old, 10) != size {
		return request{}, errRequest
	}
	r := request{old: old, signed: signed}
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil || h.String() != line {
			return request{}, errRequest
		}
		r.proof = append(r.proof, h)
	}
	return r, nil
}
