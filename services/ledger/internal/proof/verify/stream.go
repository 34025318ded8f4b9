package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// tile is a tile of leaves, read, hashed and decoded.
type tile struct {
	ref      merkle.Ref
	first    int64 // sequence of its first leaf
	leaves   []leaf.Leaf
	hashes   []byte      // as recomputed; as many as the tile is wide
	root     merkle.Hash // over them, where the tile is full
	findings []Finding
	lacking  int // files of it that are missing
}

// job is a tile that is to be loaded and where the result goes.
type job struct {
	ref  merkle.Ref
	done chan tile
}

// worker is what a goroutine that loads keeps from tile to tile.
type worker struct {
	decoder leaf.Decoder
	content []byte // the last tile of leaves
	stored  []byte // the last tile of hashes
}

// inOrder loads on several goroutines and takes the results, on one, in order.
func inOrder(ctx context.Context, workers int, refs iter.Seq[merkle.Ref],
	load func(context.Context, *worker, merkle.Ref) (tile, error), take func(tile) error) error {
	g, ctx := errgroup.WithContext(ctx)
	todo, order := make(chan job), make(chan job, 4*workers)
	g.Go(func() error {
		defer close(todo)
		defer close(order)
		return spread(ctx, refs, order, todo)
	})
	for range workers {
		g.Go(func() error {
			var w worker
			for j := range todo {
				t, err := load(ctx, &w, j.ref)
				if err != nil {
					return err
				}
				j.done <- t
			}
			return nil
		})
	}
	g.Go(func() error {
		for j := range order {
			select {
			case t := <-j.done:
				if err := take(t); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return g.Wait()
}

// spread sends each job first to who takes results and then to who loads.
func spread(ctx context.Context, refs iter.Seq[merkle.Ref], to ...chan<- job) error {
	for ref := range refs {
		j := job{ref, make(chan tile, 1)}
		for _, c := range to {
			select {
			case c <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// load reads a tile of leaves, hashes and decodes it, and compares the hashes
// with those in the log's tile. What is missing becomes a finding.
func (v *verification) load(ctx context.Context, w *worker, ref merkle.Ref) (tile, error) {
	t := tile{ref: ref, first: ref.Index * merkle.TileWidth, hashes: make([]byte, 0, ref.Width*merkle.HashSize)}
	content, err := v.read(ctx, &t, w.content, ref)
	if err != nil {
		return tile{}, err
	}
	bodies, err := merkle.Entries(content)
	if content != nil && (err != nil || len(bodies) != ref.Width) {
		t.find(min(len(bodies), ref.Width-1), "", RuleForm, "%s does not hold %d leaves", ref.Path(), ref.Width)
	}
	hashes := merkle.Ref{Index: ref.Index, Width: ref.Width}
	stored, err := v.read(ctx, &t, w.stored, hashes)
	if err != nil {
		return tile{}, err
	}
	if stored != nil && len(stored) != ref.Width*merkle.HashSize {
		t.whole(RuleForm, "%s does not hold %d hashes", hashes.Path(), ref.Width)
	}
	w.content, w.stored = content, stored
	text := string(content)
	t.leaves = make([]leaf.Leaf, 0, len(bodies))
	for i, at := 0, 2; i < min(len(bodies), ref.Width); i, at = i+1, at+2+len(bodies[i]) {
		hash := merkle.LeafHash(bodies[i])
		t.hashes = append(t.hashes, hash[:]...)
		if words, gap := leaf.IsGap(bodies[i]); gap {
			t.gap(i, words)
			t.leaves = append(t.leaves, leaf.Leaf{})
			continue
		}
		l, err := w.decoder.Decode(text[at : at+len(bodies[i])])
		if err != nil {
			t.find(i, "", RuleForm, "%v", err)
		}
		t.leaves = append(t.leaves, l)
		if have := stored[min(len(stored), i*merkle.HashSize):]; len(have) >= merkle.HashSize && !bytes.HasPrefix(have, hash[:]) {
			t.find(i, l.Reference(), RuleHash, "the leaf is not the one whose hash is in the tree")
		}
	}
	t.hashes = t.hashes[:ref.Width*merkle.HashSize]
	if ref.Width == merkle.TileWidth {
		t.root = merkle.TileRoot(t.hashes)
	}
	return t, nil
}

func (t *tile) find(i int, reference string, rule Rule, format string, args ...any) {
	t.findings = append(t.findings, Finding{t.first + int64(i), reference, rule, fmt.Sprintf(format, args...)})
}

// whole keeps a finding about a file, whose leaves may all be right.
func (t *tile) whole(rule Rule, format string, args ...any) {
	t.findings = append(t.findings, Finding{Sequence: Whole, Rule: rule, Words: fmt.Sprintf(format, args...)})
}

// lost reports a tile that cannot be read: with a tile of leaves its entries are
// gone, with one of hashes none.
func (t *tile) lost(ref merkle.Ref, rule Rule, words string) {
	if ref.Entries {
		t.find(0, "", rule, "%s %s", ref.Path(), words)
		return
	}
	t.whole(rule, "%s %s", ref.Path(), words)
}

// gap reports what stands in place of a leaf.
func (t *tile) gap(i int, words string) {
	if words == "" {
		t.find(i, "", RuleMissing, "the entry is missing")
		return
	}
	t.find(i, "", RuleTables, "the server has no such leaf: %s", tables.Plain(words))
}

// intoReader is a source that can read into a buffer of the caller's.
type intoReader interface {
	TileInto(ctx context.Context, buf []byte, path string) ([]byte, error)
}

// read reads one tile, into buf where the source can, and checks it against the
// manifest; nil where it is missing.
func (v *verification) read(ctx context.Context, t *tile, buf []byte, ref merkle.Ref) ([]byte, error) {
	get := v.Source.Tile
	if r, ok := v.Source.(intoReader); ok {
		get = func(ctx context.Context, path string) ([]byte, error) { return r.TileInto(ctx, buf, path) }
	}
	content, err := get(ctx, ref.Path())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.lacking++
		t.lost(ref, RuleMissing, "is missing")
		return nil, nil
	case errors.Is(err, bundle.ErrLong):
		t.lost(ref, RuleForm, "is no file, or longer than a tile can be")
		return nil, nil
	case err != nil:
		return nil, err
	}
	if content == nil {
		content = []byte{} // an empty file is there
	}
	if v.files != nil {
		if err := v.files[ref.Path()].Check(content); err != nil {
			t.whole(RuleManifest, "%v", err)
		}
	}
	return content, nil
}

// compare compares recomputed tiles of the levels above the leaves with those of
// the log, once they are as they are in the log.
func (v *verification) compare(ctx context.Context, grown []merkle.Tile) error {
	for _, g := range grown {
		ref := merkle.Ref{Level: g.Level + 1, Index: g.Index, Width: g.Width()}
		if !ref.Exists(v.head.Size) {
			continue
		}
		t := tile{}
		content, err := v.read(ctx, &t, nil, ref)
		if err != nil {
			return err
		}
		if content != nil && !bytes.Equal(content, g.Hashes) {
			t.whole(RuleHash, "%s is not made from the leaves", ref.Path())
		}
		for _, f := range t.findings {
			v.report.add(f)
		}
	}
	return nil
}

// leafReader reads single leaves again.
type leafReader struct {
	source bundle.Source
	size   int64
	decode leaf.Decoder
	index  int64 // of the tile in bodies
	bodies [][]byte
}

// at returns the leaf of a sequence; an empty one where it cannot be read, which
// the stream reports.
func (r *leafReader) at(ctx context.Context, sequence int64) (leaf.Leaf, error) {
	index := sequence / merkle.TileWidth
	if r.bodies == nil || r.index != index {
		ref := merkle.Ref{Entries: true, Index: index, Width: int(min(merkle.TileWidth, r.size-index*merkle.TileWidth))}
		content, err := r.source.Tile(ctx, ref.Path())
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, bundle.ErrLong) {
			return leaf.Leaf{}, err
		}
		bodies, _ := merkle.Entries(content) // what does not fit is reported by the stream
		if bodies == nil {
			bodies = [][]byte{}
		}
		r.index, r.bodies = index, bodies
	}
	i := int(sequence % merkle.TileWidth)
	if i >= len(r.bodies) {
		return leaf.Leaf{}, nil
	}
	l, _ := r.decode.Decode(string(r.bodies[i])) // what cannot be decoded is empty
	return l, nil
}
