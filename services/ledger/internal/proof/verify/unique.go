package verify

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

const (
	// parts is the number of heaps that references are spread over, so that each
	// can be searched by itself.
	parts = 64
	// heapSize is the number of records of a heap that are kept in memory.
	heapSize = 1 << 13
	// recordSize is a hash and a sequence, of eight bytes each.
	recordSize = 16
)

// references finds out whether a reference stands in a log twice, without keeping them
// all in memory. A keyed hash of each, with its sequence, goes to one of 64 heaps;
// what is too much for memory goes to a temporary file. At the end each heap is
// searched by itself, and equal hashes are looked up. A log of a hundred million
// leaves takes 1.6 GB of disk and 60 MB of memory for each core.
type references struct {
	temp  string
	dir   string // made when it is needed
	seed  maphash.Seed
	heaps [parts][]record
	files [parts]*os.File
}

// record is the hash of a reference and where it stands.
type record struct {
	hash     uint64
	sequence int64
}

func newReferences(temp string) *references {
	return &references{temp: temp, seed: maphash.MakeSeed()}
}

func (r *references) close() {
	for _, f := range r.files {
		if f != nil {
			f.Close()
		}
	}
	if r.dir != "" {
		os.RemoveAll(r.dir)
	}
}

// add notes that a reference stands at a sequence.
func (r *references) add(reference string, sequence int64) error {
	h := maphash.String(r.seed, reference)
	part := h % parts
	r.heaps[part] = append(r.heaps[part], record{h, sequence})
	if len(r.heaps[part]) < heapSize {
		return nil
	}
	return r.spill(part)
}

// spill writes a heap to its file.
func (r *references) spill(part uint64) error {
	var err error
	if r.dir == "" {
		if r.dir, err = os.MkdirTemp(r.temp, "verify-"); err != nil {
			return fmt.Errorf("make folder for references: %w", err)
		}
	}
	if r.files[part] == nil {
		if r.files[part], err = os.CreateTemp(r.dir, "part-"); err != nil {
			return fmt.Errorf("make file for references: %w", err)
		}
	}
	out := make([]byte, 0, heapSize*recordSize)
	for _, x := range r.heaps[part] {
		out = binary.LittleEndian.AppendUint64(out, x.hash)
		out = binary.LittleEndian.AppendUint64(out, uint64(x.sequence))
	}
	r.heaps[part] = r.heaps[part][:0]
	if _, err := r.files[part].Write(out); err != nil {
		return fmt.Errorf("note references: %w", err)
	}
	return nil
}

// twins returns the pairs of leaves whose references have the same hash.
func (r *references) twins() ([][2]int64, error) {
	var found [parts][][2]int64
	g := new(errgroup.Group)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for part := range parts {
		g.Go(func() error {
			records, err := r.heap(part)
			found[part] = same(records)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found[:]...), nil
}

// heap returns a whole heap, by sequence.
func (r *references) heap(part int) ([]record, error) {
	f := r.files[part]
	if f == nil {
		return r.heaps[part], nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read references: %w", err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("read references: %w", err)
	}
	records := make([]record, 0, len(content)/recordSize+len(r.heaps[part]))
	for b := content; len(b) > 0; b = b[recordSize:] {
		records = append(records, record{binary.LittleEndian.Uint64(b), int64(binary.LittleEndian.Uint64(b[8:]))})
	}
	return append(records, r.heaps[part]...), nil
}

// same returns the pairs of records with the same hash, each with the first one,
// by an open table of twice the size.
func same(records []record) (pairs [][2]int64) {
	bits := 60 // of the hash that do not count for the place
	for 1<<(64-bits) < 2*len(records) {
		bits--
	}
	table := make([]int32, 1<<(64-bits)) // one more than the index of a record
	for i, x := range records {
		// the low bits chose the heap, so the high ones choose the place
		at := x.hash >> bits
		for table[at] != 0 && records[table[at]-1].hash != x.hash {
			at = (at + 1) % uint64(len(table))
		}
		if table[at] == 0 {
			table[at] = int32(i + 1)
			continue
		}
		pairs = append(pairs, [2]int64{records[table[at]-1].sequence, x.sequence})
	}
	return pairs
}

// unique reports references that stand there twice.
func (b *bookkeeper) unique(ctx context.Context) error {
	pairs, err := b.references.twins()
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if b.report.full() {
			return errStop
		}
		one, err := b.reader.at(ctx, p[0])
		if err != nil {
			return err
		}
		other, err := b.reader.at(ctx, p[1])
		if err != nil {
			return err
		}
		if one.Reference() == other.Reference() {
			b.find(p[1], other.Reference(), RuleReference, "the reference stands at entry %d already", p[0])
		}
	}
	return nil
}
