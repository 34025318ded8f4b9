package verify

import (
	"bufio"
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
	// parts is the number of files that references are spread over, so that one
	// of them can be sorted in memory.
	parts = 64
	// recordSize is a hash and a sequence, of eight bytes each.
	recordSize = 16
)

// references finds out whether a reference stands in a log twice without keeping
// them in memory: a keyed hash of each, with its sequence, goes to one of 64
// temporary files by the hash; at the end each file is sorted by itself, and
// equal hashes are looked up. A log of a hundred million leaves takes 1.6 GB of
// disk and 25 MB of memory.
type references struct {
	dir   string
	seed  maphash.Seed
	files [parts]*os.File
	out   [parts]*bufio.Writer
}

// record is the hash of a reference and where it stands.
type record struct {
	hash     uint64
	sequence int64
}

func newReferences(temp string) (*references, error) {
	dir, err := os.MkdirTemp(temp, "verify-")
	if err != nil {
		return nil, fmt.Errorf("make folder for references: %w", err)
	}
	return &references{dir: dir, seed: maphash.MakeSeed()}, nil
}

func (r *references) close() {
	for _, f := range r.files {
		if f != nil {
			f.Close()
		}
	}
	os.RemoveAll(r.dir)
}

// add notes that a reference stands at a sequence.
func (r *references) add(reference string, sequence int64) error {
	h := maphash.String(r.seed, reference)
	part := h % parts
	if r.out[part] == nil {
		f, err := os.CreateTemp(r.dir, "part-")
		if err != nil {
			return fmt.Errorf("make file for references: %w", err)
		}
		r.files[part], r.out[part] = f, bufio.NewWriterSize(f, 1<<15)
	}
	var b [recordSize]byte
	binary.LittleEndian.PutUint64(b[:], h)
	binary.LittleEndian.PutUint64(b[8:], uint64(sequence))
	if _, err := r.out[part].Write(b[:]); err != nil {
		return fmt.Errorf("note reference: %w", err)
	}
	return nil
}

// twins calls found for each pair of leaves whose references have the same hash.
func (r *references) twins(found func(first, second int64) error) error {
	for part := range parts {
		if r.out[part] == nil {
			continue
		}
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

func (r *references) sorted(part int) ([]record, error) {
	if err := r.out[part].Flush(); err != nil {
		return nil, fmt.Errorf("write references: %w", err)
	}
	if _, err := r.files[part].Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read references: %w", err)
	}
	content, err := io.ReadAll(r.files[part])
	if err != nil {
		return nil, fmt.Errorf("read references: %w", err)
	}
	records := make([]record, len(content)/recordSize)
	for i := range records {
		b := content[i*recordSize:]
		records[i] = record{binary.LittleEndian.Uint64(b), int64(binary.LittleEndian.Uint64(b[8:]))}
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
