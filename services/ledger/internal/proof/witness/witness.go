// Package witness cosigns the checkpoints of logs, as C2SP tlog-witness has it,
// and asks witnesses to do so. A witness cosigns only what continues everything
// that it has seen before, so that a log cannot show two histories.
package witness

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// sizeType is the media type of the answer that says what was seen last.
const sizeType = "text/x.tlog.size"

// Witness answers POST /add-checkpoint.
type Witness struct {
	cosigner *checkpoint.Cosigner
	logs     map[string][]note.Verifier

	mu    sync.Mutex // guards state: comparing and noting is one step
	state *state
}

var _ http.Handler = (*Witness)(nil)

// New returns a witness of the logs with the given keys, several for a log whose
// key changes. What it has seen is kept in stateFile.
func New(cosigner *checkpoint.Cosigner, stateFile string, logs ...note.Verifier) (*Witness, error) {
	s, err := openState(stateFile)
	if err != nil {
		return nil, err
	}
	w := &Witness{cosigner: cosigner, logs: map[string][]note.Verifier{}, state: s}
	for _, v := range logs {
		w.logs[v.Name()] = append(w.logs[v.Name()], v)
	}
	return w, nil
}

// refusal is an answer other than a cosignature.
type refusal struct {
	status int
	words  string
	size   int64 // what was seen last, where known is true
	known  bool
}

// Error returns the words.
func (r refusal) Error() string { return r.words }

// ServeHTTP answers a request with cosignature lines or the status that C2SP
// gives to each reason for refusing.
func (w *Witness) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	if req.URL.Path != "/add-checkpoint" {
		http.NotFound(rw, req)
		return
	}
	if req.Method != http.MethodPost {
		rw.Header().Set("Allow", http.MethodPost)
		http.Error(rw, "only POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(rw, req.Body, maxRequest))
	if err != nil {
		http.Error(rw, "the request is too long or broke off", http.StatusBadRequest)
		return
	}
	lines, err := w.add(body)
	var no refusal
	switch {
	case err == nil:
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = rw.Write(lines) // an asker that has gone asks again
	case errors.As(err, &no) && no.known:
		rw.Header().Set("Content-Type", sizeType)
		rw.WriteHeader(no.status)
		fmt.Fprintf(rw, "%d\n", no.size)
	case errors.As(err, &no):
		http.Error(rw, no.words, no.status)
	default:
		http.Error(rw, "internal error", http.StatusInternalServerError)
	}
}

// add checks a request and returns the witness's signature lines.
func (w *Witness) add(body []byte) ([]byte, error) {
	r, err := parseRequest(body)
	if err != nil {
		return nil, refusal{status: http.StatusBadRequest, words: err.Error()}
	}
	claimed, err := checkpoint.Unverified(r.signed)
	if err != nil {
		return nil, refusal{status: http.StatusBadRequest, words: err.Error()}
	}
	keys, known := w.logs[claimed.Origin]
	if !known {
		return nil, refusal{status: http.StatusNotFound, words: "this witness does not know the log"}
	}
	head, n, err := checkpoint.Open(r.signed, keys...)
	if err != nil {
		return nil, refusal{status: http.StatusForbidden, words: err.Error()}
	}
	if r.old > head.Size {
		return nil, refusal{status: http.StatusBadRequest, words: "the old size is larger than the checkpoint's"}
	}
	return w.cosign(r, head, n.Text)
}

// cosign compares a checkpoint with what was seen, notes it and cosigns.
func (w *Witness) cosign(r request, head checkpoint.Checkpoint, text string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	have := w.state.get(head.Origin)
	if r.old != have.Size {
		return nil, refusal{status: http.StatusConflict, size: have.Size, known: true}
	}
	if have.Size == head.Size && have.Root != head.Root {
		return nil, refusal{status: http.StatusConflict, words: "the log has signed another tree of this size"}
	}
	if err := merkle.CheckConsistency(r.proof, head.Size, head.Root, have.Size, have.Root); err != nil {
		return nil, refusal{status: http.StatusUnprocessableEntity, words: err.Error()}
	}
	if now := (seen{head.Size, head.Root}); now != have {
		if err := w.state.put(head.Origin, now); err != nil {
			return nil, err
		}
	}
	signed, err := note.Sign(&note.Note{Text: text}, w.cosigner)
	if err != nil {
		return nil, fmt.Errorf("cosign: %w", err)
	}
	lines, _ := bytes.CutPrefix(signed, []byte(text+"\n"))
	return lines, nil
}
