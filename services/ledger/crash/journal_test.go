// Package crash kills the ledger and its PostgreSQL at random moments under load
// and then compares what callers were told with what is in the books.
package crash

import (
	"fmt"
	"slices"
	"sync"
)

// leaf is one reference as a caller was told of it, or as it is stored.
type leaf struct {
	reference string
	sequence  int64
	hash      [32]byte
}

// journal is what the callers know: what they have asked for, and what they were
// told is booked. It is safe for concurrent use.
type journal struct {
	mu           sync.Mutex // guards the rest
	units        [][]string // references that were asked for together
	acknowledged []leaf
	complaints   []string // about answers that nobody should get
}

// ask notes that the references are about to be posted, all or none.
func (j *journal) ask(references ...string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.units = append(j.units, references)
}

// told notes an acknowledgement.
func (j *journal) told(leaves ...leaf) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.acknowledged = append(j.acknowledged, leaves...)
}

// complain notes an answer that nobody should get.
func (j *journal) complain(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.complaints = append(j.complaints, fmt.Sprintf(format, args...))
}

func (j *journal) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.acknowledged)
}

// compare returns what is wrong with the stored leaves, in the order of their
// sequences, by what the callers know.
func (j *journal) compare(stored []leaf) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	wrong := slices.Clone(j.complaints)
	found := map[string]leaf{}
	for i, l := range stored {
		if l.sequence != int64(i) {
			wrong = append(wrong, fmt.Sprintf("gap: %s has the sequence %d in place %d", l.reference, l.sequence, i))
		}
		if first, twice := found[l.reference]; twice {
			wrong = append(wrong, fmt.Sprintf("doubled: %s is stored as %d and %d", l.reference, first.sequence, l.sequence))
			continue
		}
		found[l.reference] = l
	}
	for _, a := range j.acknowledged {
		l, ok := found[a.reference]
		switch {
		case !ok:
			wrong = append(wrong, fmt.Sprintf("lost: %s was acknowledged as %d", a.reference, a.sequence))
		case l.sequence != a.sequence:
			wrong = append(wrong, fmt.Sprintf("moved: %s was acknowledged as %d and is stored as %d", a.reference, a.sequence, l.sequence))
		case l.hash != a.hash:
			wrong = append(wrong, fmt.Sprintf("changed: %s has another hash than was acknowledged", a.reference))
		}
	}
	return slices.Concat(wrong, j.strangers(found))
}

// strangers returns what was stored and not asked for, and units that are stored
// in part.
func (j *journal) strangers(found map[string]leaf) []string {
	var wrong []string
	asked := map[string]bool{}
	for _, unit := range j.units {
		n := 0
		for _, reference := range unit {
			asked[reference] = true
			if _, ok := found[reference]; ok {
				n++
			}
		}
		if n != 0 && n != len(unit) {
			wrong = append(wrong, fmt.Sprintf("torn: %d of the %d that were asked for with %s are stored", n, len(unit), unit[0]))
		}
	}
	for reference := range found {
		if !asked[reference] {
			wrong = append(wrong, fmt.Sprintf("unknown: nobody asked for %s", reference))
		}
	}
	return wrong
}
