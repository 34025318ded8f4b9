package transfer

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/problem"
)

// tileWidth is the number of hashes or leaves in a full tile.
const tileWidth = 256

// maxLevel is the highest level of a tile; beyond it a tree has no room.
const maxLevel = 7

// Checkpoint hands out the signed note: GET /log/checkpoint.
func (d Downloads) Checkpoint(w http.ResponseWriter, r *http.Request, _ map[string]string) {
	ctx, cancel := begin(w, r, callTime)
	defer cancel()
	checkpoint, err := d.Log.GetCheckpoint(ctx, &ledgerv1.GetCheckpointRequest{})
	if err != nil {
		fail(w, r, problem.From(err))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, checkpoint.GetNote()) // the client has gone
}

// Tile hands out hashes: GET /log/tile/<L>/<N>[.p/<W>].
func (d Downloads) Tile(w http.ResponseWriter, r *http.Request, vars map[string]string) {
	level, err := strconv.ParseUint(vars["level"], 10, 8)
	index, width, ok := parseTile(vars["tile"])
	if err != nil || level > maxLevel || strconv.FormatUint(level, 10) != vars["level"] || !ok {
		fail(w, r, problem.NoPath())
		return
	}
	ctx, cancel := begin(w, r, callTime)
	defer cancel()
	tile, err := d.Log.ReadTile(ctx, &ledgerv1.ReadTileRequest{Level: int32(level), Index: index, Width: width})
	if err != nil {
		fail(w, r, problem.From(err))
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(tile.GetData()) // the client has gone
}

// Entries hands out leaves: GET /log/tile/entries/<N>[.p/<W>].
func (d Downloads) Entries(w http.ResponseWriter, r *http.Request, vars map[string]string) {
	index, width, ok := parseTile(vars["tile"])
	if !ok {
		fail(w, r, problem.NoPath())
		return
	}
	ctx, cancel := begin(w, r, transferTime)
	defer cancel()
	stream, err := d.Log.ReadEntriesTile(ctx, &ledgerv1.ReadEntriesTileRequest{Index: index, Width: width})
	if err != nil {
		fail(w, r, problem.From(err))
		return
	}
	pull(w, r, "application/octet-stream", "", func() ([]byte, error) {
		piece, err := stream.Recv()
		return piece.GetData(), err
	})
}

// Books hands out what the ledger's tables say as of a size: GET /log/books/<size>.
func (d Downloads) Books(w http.ResponseWriter, r *http.Request, vars map[string]string) {
	size, ok := parseSize(vars["size"])
	if !ok {
		fail(w, r, problem.NoPath())
		return
	}
	ctx, cancel := begin(w, r, transferTime)
	defer cancel()
	stream, err := d.Log.ReadBooks(ctx, &ledgerv1.ReadBooksRequest{Size: size})
	if err != nil {
		fail(w, r, problem.From(err))
		return
	}
	pull(w, r, "text/plain; charset=utf-8", "", func() ([]byte, error) {
		piece, err := stream.Recv()
		return piece.GetData(), err
	})
}

// Checkpoints hands out published checkpoints: GET /log/checkpoints/<from>.
func (d Downloads) Checkpoints(w http.ResponseWriter, r *http.Request, vars map[string]string) {
	from, ok := parseSize(vars["from"])
	if !ok {
		fail(w, r, problem.NoPath())
		return
	}
	ctx, cancel := begin(w, r, callTime)
	defer cancel()
	list, err := d.Log.ReadCheckpoints(ctx, &ledgerv1.ReadCheckpointsRequest{From: from})
	if err != nil {
		fail(w, r, problem.From(err))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(list.GetData()) // the client has gone
}

// parseSize reads a number of leaves, which has one spelling only.
func parseSize(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && strconv.FormatInt(n, 10) == text
}

// parseTile reads the C2SP form of a tile's place: groups of three digits, all
// but the last behind an x ("x001/x234/067" is 1,234,067), and for a partial
// tile ".p/" and its width. Every place has one spelling only; width 0 is a
// full tile.
func parseTile(path string) (index int64, width int32, ok bool) {
	path, partial, isPartial := strings.Cut(path, ".p/")
	if isPartial {
		w, err := strconv.ParseUint(partial, 10, 16)
		if err != nil || w == 0 || w >= tileWidth || strconv.FormatUint(w, 10) != partial {
			return 0, 0, false
		}
		width = int32(w)
	}
	groups := strings.Split(path, "/")
	if len(groups) > 6 { // 18 digits fit an int64
		return 0, 0, false
	}
	for i, g := range groups {
		last := i == len(groups)-1
		digits, marked := strings.CutPrefix(g, "x")
		n, err := strconv.ParseUint(digits, 10, 16)
		if marked == last || len(digits) != 3 || err != nil || i == 0 && !last && n == 0 {
			return 0, 0, false
		}
		index = index*1000 + int64(n)
	}
	return index, width, true
}
