package bundle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// parallel is the number of files asked for at the same time.
const parallel = 8

// Progress is told how many of how many files are there, by one goroutine at a
// time.
type Progress func(done, total int64)

// maxSize bounds the leaves of a bundle: no longer manifest would be read.
const maxSize = 200_000_000

var errSize = errors.New("the log has more leaves than a bundle can hold")

var errRoot = errors.New("the tiles do not lead to the root of the checkpoint")

// Write exports the ledger behind src into dir. A folder that an earlier, broken
// off export left is completed: it keeps that export's checkpoint and every file
// that is right. A finished one is brought up to the newest checkpoint. Each
// file is checked against the checkpoint's root before it is kept; progress may
// be nil. The signature of the checkpoint is not checked here.
func Write(ctx context.Context, src Source, dir string, progress Progress) (*Manifest, error) {
	w := writer{src: src, dir: Dir(dir), progress: progress}
	if err := w.begin(ctx); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	if err := w.copy(ctx); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	if err := w.finish(); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return w.manifest, nil
}

type writer struct {
	src      Source
	dir      Dir
	progress Progress
	head     checkpoint.Checkpoint
	signed   []byte
	manifest *Manifest

	mu   sync.Mutex // guards done and calls of progress
	done int64
}

// begin fixes the checkpoint of this export and writes it first.
func (w *writer) begin(ctx context.Context) (err error) {
	if !w.resume() {
		if w.signed, err = w.src.Checkpoint(ctx); err != nil {
			return err
		}
		if w.head, err = checkpoint.Unverified(w.signed); err != nil {
			return err
		}
	}
	if w.head.Size > maxSize {
		return errSize
	}
	if err := os.RemoveAll(w.dir.file(manifestName)); err != nil {
		return fmt.Errorf("remove old manifest: %w", err)
	}
	w.manifest = &Manifest{Format: Format, Origin: w.head.Origin, Size: w.head.Size}
	w.manifest.Files = append(w.manifest.Files, describe(checkpointName, w.signed))
	return w.write(checkpointName, w.signed)
}

// resume reports whether a broken off export has left a checkpoint that can be read,
// and takes that.
func (w *writer) resume() bool {
	if _, err := os.Stat(w.dir.file(manifestName)); err == nil {
		return false // a finished one
	}
	var err error
	if w.signed, err = w.dir.read(checkpointName); err != nil {
		return false
	}
	w.head, err = checkpoint.Unverified(w.signed)
	return err == nil
}

// copy brings the tiles, the top level first, since each level proves the one
// below it.
func (w *writer) copy(ctx context.Context) error {
	var refs []merkle.Ref
	for ref := range merkle.Refs(w.head.Size) {
		refs = append(refs, ref)
	}
	files := make([]File, len(refs))
	for end := len(refs); end > 0; {
		begin := end - 1
		for begin > 0 && refs[begin-1].Level == refs[begin].Level && refs[begin-1].Entries == refs[begin].Entries {
			begin--
		}
		if err := w.level(ctx, refs[begin:end], files[begin:end], len(refs)); err != nil {
			return err
		}
		end = begin
	}
	w.manifest.Files = append(w.manifest.Files, files...)
	return nil
}

// level brings the tiles of one level, or of leaves, several at a time.
func (w *writer) level(ctx context.Context, refs []merkle.Ref, files []File, total int) error {
	g, groupCtx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i, ref := range refs {
		g.Go(func() (err error) {
			files[i], err = w.tile(groupCtx, ref)
			w.count(total)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if !refs[0].Entries && refs[0].Level == 0 {
		return w.root(ctx)
	}
	return nil
}

func (w *writer) count(total int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done++; w.progress != nil {
		w.progress(w.done, int64(total))
	}
}

// tile brings one file, from the folder where it is right, else from the source.
// The few tiles of hashes that are not full can only be checked together, so
// they are always brought anew.
func (w *writer) tile(ctx context.Context, ref merkle.Ref) (File, error) {
	path := ref.Path()
	proved := ref.Entries || ref.Width == merkle.TileWidth
	if content, err := w.dir.Tile(ctx, path); proved && err == nil && w.check(ctx, ref, content) == nil {
		return describe(path, content), nil
	}
	content, err := w.src.Tile(ctx, path)
	if err != nil {
		return File{}, err
	}
	if err := w.check(ctx, ref, content); err != nil {
		return File{}, fmt.Errorf("%s from the source: %w", path, err)
	}
	return describe(path, content), w.write(path, content)
}

// write replaces a file in one step.
func (w *writer) write(path string, content []byte) error {
	target := w.dir.file(path)
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return fmt.Errorf("make folder of bundle: %w", err)
	}
	temp := target + ".tmp"
	if err := os.WriteFile(temp, content, 0o600); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	if err := os.Rename(temp, target); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// finish removes what does not belong to the bundle and writes the manifest,
// which makes it a finished one.
func (w *writer) finish() error {
	if err := w.sweep(); err != nil {
		return err
	}
	text, err := w.manifest.marshal()
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	return w.write(manifestName, text)
}

// sweep removes partial tiles of an earlier export and half-written files.
func (w *writer) sweep() error {
	index := w.manifest.Index()
	root := w.dir.file("tile")
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		path, err := filepath.Rel(string(w.dir), name)
		if err != nil {
			return err
		}
		if _, ok := index[filepath.ToSlash(path)]; ok {
			return nil
		}
		return os.Remove(name)
	})
}
