package stripefake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// store holds the objects of each kind in order of creation and the answers kept
// for idempotency keys. With a folder, each change is one line appended to a file:
// after the process died a change is there as a whole or not at all.
type store struct {
	rows    map[string]object
	order   map[string][]string // by kind
	keys    map[string]keptAnswer
	due     map[string]int64 // when an object does something by itself
	soonest int64            // none is due before
	pruned  int64            // when it forgot last

	file  *os.File // nil in memory
	dirty change
}

// keptAnswer is what a POST with an idempotency key was answered.
type keptAnswer struct {
	Digest  string          `json:"digest"`
	Status  int             `json:"status"`
	Body    json.RawMessage `json:"body"`
	Created int64           `json:"created"`
}

// change is one line of the file.
type change struct {
	Objects []object              `json:"objects,omitempty"`
	Keys    map[string]keptAnswer `json:"keys,omitempty"`
}

func openStore(dir string, now time.Time) (*store, error) {
	st := &store{rows: map[string]object{}, order: map[string][]string{}, keys: map[string]keptAnswer{}, due: map[string]int64{}}
	if dir == "" {
		return st, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the fake Stripe's folder: %w", err)
	}
	path := filepath.Join(dir, "stripe.jsonl")
	if err := st.load(path); err != nil {
		return nil, fmt.Errorf("read the fake Stripe's state: %w", err)
	}
	st.prune(now.Unix())
	if err := st.compact(path); err != nil {
		return nil, fmt.Errorf("write the fake Stripe's state: %w", err)
	}
	return st, nil
}

// load replays the file. A last line without its end is a change that was never
// confirmed to anybody, and is left out.
func (st *store) load(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for line := range bytes.Lines(data) {
		if line[len(line)-1] != '\n' {
			break
		}
		var c change
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.UseNumber()
		if err := decoder.Decode(&c); err != nil {
			return err
		}
		for _, o := range c.Objects {
			st.insert(o)
		}
		for key, answer := range c.Keys {
			st.keys[key] = answer
		}
	}
	return nil
}

// compact writes the present state beside the old file, takes its place, and
// keeps the new one open for appending.
func (st *store) compact(path string) error {
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	encoder := json.NewEncoder(out)
	for _, kind := range slices.Sorted(maps.Keys(st.order)) {
		for o := range st.all(kind) {
			if err := encoder.Encode(change{Objects: []object{o}}); err != nil {
				return err
			}
		}
	}
	if err := encoder.Encode(change{Keys: st.keys}); err != nil {
		return err
	}
	if err := errors.Join(out.Flush(), file.Sync(), os.Rename(path+".new", path)); err != nil {
		return errors.Join(err, file.Close())
	}
	st.file = file
	return nil
}

func (st *store) insert(o object) {
	id := o.text("id")
	if _, known := st.rows[id]; !known {
		kind := o.text("object")
		st.order[kind] = append(st.order[kind], id)
	}
	st.rows[id] = o
	st.note(id, o.number("_due"))
}

// all yields the objects of a kind, oldest first.
func (st *store) all(kind string) iter.Seq[object] {
	return func(yield func(object) bool) {
		for _, id := range st.order[kind] {
			if !yield(st.rows[id]) {
				return
			}
		}
	}
}

// put stores a new or changed object; commit makes it last.
func (st *store) put(o object) {
	st.insert(o)
	st.dirty.Objects = append(st.dirty.Objects, o)
}

// keep stores the answer to an idempotency key; commit makes it last.
func (st *store) keep(key string, answer keptAnswer) {
	st.keys[key] = answer
	if st.dirty.Keys == nil {
		st.dirty.Keys = map[string]keptAnswer{}
	}
	st.dirty.Keys[key] = answer
}

// prune forgets what Stripe forgets: keys after a day, events after a month.
func (st *store) prune(now int64) {
	maps.DeleteFunc(st.keys, func(_ string, a keptAnswer) bool { return now-a.Created >= int64(keyLife/time.Second) })
	events := st.order["event"]
	for len(events) > 0 && now-st.rows[events[0]].number("created") > int64(eventLife/time.Second) {
		delete(st.rows, events[0])
		events = events[1:]
	}
	st.order["event"] = events
	st.pruned = now
}

// commit appends everything put since the last commit as one line.
func (st *store) commit() error {
	line := st.dirty
	st.dirty = change{}
	if st.file == nil || len(line.Objects) == 0 && len(line.Keys) == 0 {
		return nil
	}
	b, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("encode a change: %w", err)
	}
	if _, err := st.file.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("append a change: %w", err)
	}
	return nil
}

func (st *store) close() error {
	if st.file == nil {
		return nil
	}
	return st.file.Close()
}
