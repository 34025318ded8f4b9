package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// ErrAhead says that a witness has seen more of the log than there is: this log
// is an older copy, and signing on would fork it.
var ErrAhead = errors.New("the witness has seen more leaves than this log has")

// ErrFork says that a witness has seen another history of the log.
var ErrFork = errors.New("the witness has seen another history of this log")

// Client asks one witness for cosignatures.
type Client struct {
	// URL is the prefix before "/add-checkpoint".
	URL string
	// HTTP makes the calls; its timeout bounds each of them.
	HTTP *http.Client
	// Verifier checks the witness's cosignatures.
	Verifier note.Verifier
}

// Cosign returns signed with the witness's cosignature added. seen is the size
// that the witness is believed to have seen last; a wrong one costs another
// call. Proofs are made from tiles.
func (c Client) Cosign(ctx context.Context, signed []byte, seen int64, tiles merkle.TileReader) ([]byte, error) {
	head, err := checkpoint.Unverified(signed)
	if err != nil {
		return nil, err
	}
	for range 3 { // another submitter may be faster, but not for ever
		lines, now, err := c.ask(ctx, signed, min(seen, head.Size), head.Size, tiles)
		switch {
		case err != nil:
			return nil, fmt.Errorf("ask witness %s: %w", c.Verifier.Name(), err)
		case lines != nil:
			return checkpoint.Merge(signed, lines, c.Verifier)
		case now > head.Size:
			return nil, fmt.Errorf("ask witness %s: %w", c.Verifier.Name(), ErrAhead)
		}
		seen = now
	}
	return nil, fmt.Errorf("ask witness %s: it keeps naming other sizes", c.Verifier.Name())
}

// ask makes one call. Where the witness has seen another size, it returns that
// one and no lines.
func (c Client) ask(ctx context.Context, signed []byte, old, size int64, tiles merkle.TileReader) ([]byte, int64, error) {
	proof, err := merkle.ConsistencyProof(ctx, tiles, old, size)
	if err != nil {
		return nil, 0, err
	}
	body := request{old, proof, signed}.marshal()
	url := strings.TrimSuffix(c.URL, "/") + "/add-checkpoint"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxRequest))
	if err != nil {
		return nil, 0, err
	}
	switch media, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";"); {
	case resp.StatusCode == http.StatusOK && len(answer) > 0:
		return answer, 0, nil
	case resp.StatusCode == http.StatusConflict && media == sizeType:
		now, err := strconv.ParseInt(strings.TrimSuffix(string(answer), "\n"), 10, 64)
		if err != nil || now < 0 {
			return nil, 0, errors.New("its answer is not a size")
		}
		return nil, now, nil
	case resp.StatusCode == http.StatusConflict, resp.StatusCode == http.StatusUnprocessableEntity:
		return nil, 0, ErrFork
	}
	return nil, 0, fmt.Errorf("it answered %s", resp.Status)
}
