package tamper

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

func httpClient() *http.Client { return &http.Client{Timeout: time.Minute} }

// door serves the raw paths of the log over HTTP, as the gateway does.
type door struct{ log ledgerv1.LogServiceClient }

// ServeHTTP answers GET /log/….
func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, err := d.get(r, strings.TrimPrefix(r.URL.Path, "/log/"))
	switch {
	case fault.OfKind(err, fault.NotFound):
		http.NotFound(w, r)
	case fault.OfKind(err, fault.Invalid):
		http.Error(w, err.Error(), http.StatusBadRequest)
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	default:
		_, _ = w.Write(content) // the client has gone
	}
}

func (d door) get(r *http.Request, path string) ([]byte, error) {
	ctx := r.Context()
	if path == "checkpoint" {
		c, err := d.log.GetCheckpoint(ctx, &ledgerv1.GetCheckpointRequest{})
		return []byte(c.GetNote()), err
	}
	if from, ok := strings.CutPrefix(path, "checkpoints/"); ok {
		n, _ := strconv.ParseInt(from, 10, 64)
		list, err := d.log.ReadCheckpoints(ctx, &ledgerv1.ReadCheckpointsRequest{From: n})
		return list.GetData(), err
	}
	if size, ok := strings.CutPrefix(path, "books/"); ok {
		n, _ := strconv.ParseInt(size, 10, 64)
		stream, err := d.log.ReadBooks(ctx, &ledgerv1.ReadBooksRequest{Size: n})
		if err != nil {
			return nil, err
		}
		return all(func() ([]byte, error) { piece, err := stream.Recv(); return piece.GetData(), err })
	}
	ref, err := merkle.ParsePath(path)
	if err != nil {
		return nil, fault.Missing("path")
	}
	width := int32(ref.Width % merkle.TileWidth)
	if !ref.Entries {
		tile, err := d.log.ReadTile(ctx, &ledgerv1.ReadTileRequest{Level: int32(ref.Level), Index: ref.Index, Width: width})
		return tile.GetData(), err
	}
	stream, err := d.log.ReadEntriesTile(ctx, &ledgerv1.ReadEntriesTileRequest{Index: ref.Index, Width: width})
	if err != nil {
		return nil, err
	}
	return all(func() ([]byte, error) { piece, err := stream.Recv(); return piece.GetData(), err })
}

// all reads a stream to its end.
func all(next func() ([]byte, error)) (content []byte, err error) {
	for {
		piece, err := next()
		if errors.Is(err, io.EOF) {
			return content, nil
		}
		if err != nil {
			return nil, err
		}
		content = append(content, piece...)
	}
}
