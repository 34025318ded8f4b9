package verify

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"slices"
)

const (
	// parts is the number of heaps that references are spread over, so that each
	// can be sorted by itself.
	parts = 64
	// heapSize is the number of records of a heap that are kept in memory.
	heapSize = 1 << 13
	// recordSize is a hash and a sequence, of eight bytes each.
	recordSize = 16
)

// references finds out whether a reference stands in a log twice without keeping
// them all in memory: a keyed hash of each, with its sequence, goes to one of 64
// heaps by the hash, and what is too much for memory to a temporary file; at the
// end each heap is sorted by itself, and equal hashes are looked up. A log of a
// hundred million leaves takes 1.6 GB of disk and 35 MB of memory.
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

// twins calls found for each pair of leaves whose references have the same hash.
func (r *references) twins(found func(first, second int64) error) error {
	for part := range parts {
		records, err := r.sorted(part)
		if err != nil {
			return err
		}
		for i := 1; i < len(records); i++ {
			if records[i].hash != records[i-1].hash {
				continue
			}
			if err := found(records[i-1].sequence, records[i].sequence); err != nil {
				return err
			}
		}
	}
	return nil
}

// sorted returns a whole heap by hash and sequence.
func (r *references) sorted(part int) ([]record, error) {
	records := r.heaps[part]
	if f := r.files[part]; f != nil {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("read references: %w", err)
		}
		content, err := io.ReadAll(f)
		if err != nil {
			return nil, fmt.Errorf("read references: %w", err)
		}
		for b := content; len(b) > 0; b = b[recordSize:] {
			records = append(records, record{binary.LittleEndian.Uint64(b), int64(binary.LittleEndian.Uint64(b[8:]))})
		}
	}
	slices.SortFunc(records, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.sequence, b.sequence))
	})
	return records, nil
}

// unique reports references that stand there twice.
func (b *books) unique(ctx context.Context) error {
	return b.references.twins(func(first, second int64) error {
		one, err := b.reader.at(ctx, first)
		if err != nil {
			return err
		}
		other, err := b.reader.at(ctx, second)
		if err != nil {
			return err
		}
		if one.Reference() == other.Reference() {
			b.find(second, other.Reference(), RuleReference, "the reference stands at entry %d already", first)
		}
		return nil
	})
}
