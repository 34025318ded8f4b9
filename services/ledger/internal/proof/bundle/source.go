// Package bundle writes and reads exports of a ledger: a folder with the signed
// checkpoint, every leaf, every tile of hashes and a manifest. Whoever has it
// can recompute the books without the server.
package bundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// Source gives the parts of a ledger as C2SP tlog-tiles names them.
type Source interface {
	// Checkpoint returns the signed checkpoint.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Tile returns the tile at a path such as "tile/0/000.p/12".
	Tile(ctx context.Context, path string) ([]byte, error)
}

// maxFile bounds one file of a bundle: 256 of the longest leaves.
const maxFile = merkle.TileWidth * (2 + 65535)

// checkpointName is the path of the signed checkpoint.
const checkpointName = "checkpoint"

// ErrLong is about what stands in a file's place but is none, or is longer than a
// file of a bundle can be.
var ErrLong = errors.New("not a file as short as a tile is")

// Dir is a bundle in a folder.
type Dir string

var _ Source = Dir("")

// Checkpoint returns the signed checkpoint.
func (d Dir) Checkpoint(context.Context) ([]byte, error) { return d.read(checkpointName) }

// Tile returns the tile at path.
func (d Dir) Tile(ctx context.Context, path string) ([]byte, error) {
	return d.TileInto(ctx, nil, path)
}

// TileInto is as Tile, but reads into buf where that is large enough.
func (d Dir) TileInto(_ context.Context, buf []byte, path string) ([]byte, error) {
	if _, err := merkle.ParsePath(path); err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	return d.readInto(buf, path)
}

func (d Dir) read(path string) ([]byte, error) { return d.readInto(nil, path) }

func (d Dir) readInto(buf []byte, path string) ([]byte, error) {
	info, err := os.Stat(d.file(path)) // opening a pipe would wait for who writes to it
	if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP) {
		err = fmt.Errorf("%w: %w", err, fs.ErrNotExist) // something else stands in its place or above it
	}
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("read bundle: %s: %w", path, ErrLong)
	}
	f, err := os.Open(d.file(path))
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	defer f.Close()
	b := slices.Grow(buf[:0], int(info.Size()))[:info.Size()]
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	return b, nil
}

func (d Dir) file(path string) string {
	return filepath.Join(string(d), filepath.FromSlash(path))
}

// HTTP is a running server. Where it asks to come back later, or the network fails
// for a short while, it is asked again.
type HTTP struct {
	// Prefix is the log's address, for example "https://example.org/log".
	Prefix string
	// Token is sent as bearer token; leaves need an auditor's.
	Token string
	// Client makes the calls; its timeout bounds each of them.
	Client *http.Client
	// Wait waits before it is asked again; nil waits by the clock.
	Wait func(ctx context.Context, d time.Duration) error
}

var _ Source = HTTP{}

// Checkpoint returns the signed checkpoint.
func (h HTTP) Checkpoint(ctx context.Context) ([]byte, error) { return h.get(ctx, checkpointName) }

// Tile returns the tile at path.
func (h HTTP) Tile(ctx context.Context, path string) ([]byte, error) {
	content, err := h.get(ctx, path)
	return content, missing(err)
}

// Books calls fn with what the server's tables say as of a size.
func (h HTTP) Books(ctx context.Context, size int64, fn func(tables.Record) error) error {
	body, err := h.open(ctx, "books/"+strconv.FormatInt(size, 10))
	if err != nil {
		return missing(err)
	}
	defer body.Close()
	return tables.Read(body, fn)
}

// Checkpoints returns some of the published checkpoints from a size on, the
// smallest first; none where there are no more.
func (h HTTP) Checkpoints(ctx context.Context, from int64) (tables.List, error) {
	list, err := h.get(ctx, "checkpoints/"+strconv.FormatInt(from, 10))
	if err != nil {
		return tables.List{}, missing(err)
	}
	return tables.ParseList(list)
}

// statusError is an answer other than that asked for.
type statusError struct {
	path   string
	status string
	code   int
	after  time.Duration // in which to come back, where the server says
}

// Error says what the server has answered.
func (e *statusError) Error() string {
	text := "get " + e.path + ": the server answered " + e.status
	if e.code == http.StatusUnauthorized || e.code == http.StatusForbidden {
		text += ": it wants the token of an auditor"
	}
	return text
}

// missing makes of the answer that there is nothing, or that there cannot be, what a
// folder says then: a server has what its own checkpoint covers. Where there is no
// checkpoint either, the address is wrong.
func missing(err error) error {
	var status *statusError
	if errors.As(err, &status) && (status.code == http.StatusNotFound || status.code == http.StatusBadRequest) {
		return fmt.Errorf("%w: %w", err, fs.ErrNotExist)
	}
	return err
}

func (h HTTP) get(ctx context.Context, path string) (content []byte, err error) {
	err = h.again(ctx, func() error {
		body, err := h.ask(ctx, path)
		if err != nil {
			return err
		}
		defer body.Close()
		content, err = readAll(body, path)
		return err
	})
	return content, err
}

// open asks for a file that is read piece by piece; the caller closes it.
func (h HTTP) open(ctx context.Context, path string) (body io.ReadCloser, err error) {
	err = h.again(ctx, func() error {
		body, err = h.ask(ctx, path)
		return err
	})
	return body, err
}

// ask asks for a file once; the caller closes it.
func (h HTTP) ask(ctx context.Context, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(h.Prefix, "/")+"/"+path, nil)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", path, err)
	}
	if h.Token != "" {
		req.Header.Set("Authorization", "Bearer "+h.Token)
	}
	resp, err := h.Client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", path, err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, &statusError{path, resp.Status, resp.StatusCode, retryAfter(resp.Header)}
	}
	return resp.Body, nil
}

// readAll reads a file of bounded length.
func readAll(r io.Reader, path string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("read %s: %w", path, ErrLong)
	}
	return b, nil
}

// Tiles reads tiles of hashes out of a source that holds a log of a size.
type Tiles struct{ Source Source }

var _ merkle.TileReader = Tiles{}

// ReadTile returns a tile of hashes.
func (t Tiles) ReadTile(ctx context.Context, level int, index int64, width int) ([]byte, error) {
	ref := merkle.Ref{Level: level, Index: index, Width: width}
	return t.Source.Tile(ctx, ref.Path())
}
